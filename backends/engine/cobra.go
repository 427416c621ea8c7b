package engine

import (
	"sync"
	_ "unsafe" // for go:linkname

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// docker/cli registers a shell completion for every flag of every command, and cobra
// keeps these for ever in a global map. A program that runs a million containers
// would keep a million commands, so a command's flags are taken out after use.

//go:linkname completions github.com/spf13/cobra.flagCompletionFunctions
var completions map[*pflag.Flag]cobra.CompletionFunc

//go:linkname completionsMutex github.com/spf13/cobra.flagCompletionMutex
var completionsMutex *sync.RWMutex

func forgetCompletions(cmd *cobra.Command) {
	completionsMutex.Lock()
	defer completionsMutex.Unlock()
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { delete(completions, flag) })
}
