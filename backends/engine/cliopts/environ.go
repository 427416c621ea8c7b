package cliopts

import (
	"os"
	"slices"
	"strings"

	"github.com/docker/cli/pkg/kvfile"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// environment is what --env and --env-file say. A name without "=" is looked up in the
// caller's environment; docker would use that of its own process.
type environment struct {
	environ core.Environ
	value   pflag.Value // docker's, of --env
	// unset are names that the caller's environment lacks: they remove the image's
	// variable, as with docker.
	unset []string
	lines []string // of files
}

// useEnviron replaces the values of both flags.
func useEnviron(flags *pflag.FlagSet, environ core.Environ) *environment {
	env, file := flags.Lookup("env"), flags.Lookup("env-file")
	e := &environment{environ: environ, value: env.Value}
	env.Value, file.Value = envValue{env.Value, e}, envFileValue{file.Value, e}
	return e
}

// given returns the variables that --env sets.
func (e *environment) given() []string {
	if list, ok := e.value.(interface{ GetSlice() []string }); ok {
		return slices.Clone(list.GetSlice())
	}
	return nil
}

// all returns the variables, of which a later one wins, including those that docker's
// command has made from --env.
func (e *environment) all(given []string) []string {
	return slices.Concat(e.lines, given, e.unset)
}

type envValue struct {
	pflag.Value
	of *environment
}

func (v envValue) Set(text string) error {
	if strings.Contains(text, "=") || text == "" {
		return v.Value.Set(text)
	}
	if value, ok := v.of.environ.Lookup(text); ok {
		return v.Value.Set(text + "=" + value)
	}
	v.of.unset = append(v.of.unset, text)
	return nil
}

type envFileValue struct {
	pflag.Value
	of *environment
}

func (v envFileValue) Set(path string) error {
	if path == "" {
		return os.ErrNotExist
	}
	lines, err := kvfile.Parse(path, v.of.environ.Lookup)
	v.of.lines = append(v.of.lines, lines...)
	return err
}
