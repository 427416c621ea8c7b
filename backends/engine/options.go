package engine

import (
	"errors"
	"os"
	"strings"

	"github.com/docker/cli/pkg/kvfile"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// optionWords makes separate words of options as users give them: each element is
// one word, or, where it begins with a dash and has white space before any "=",
// several words as in a shell ("-v /a:/b --rm"). An element after a flag that needs
// a value is that value, whatever it looks like.
func optionWords(flags *pflag.FlagSet, options []string) ([]string, error) {
	var words []string
	for _, element := range options {
		if strings.IndexByte(element, 0) >= 0 {
			return nil, core.Errorf(core.KindInvalidArgument, "the option %s has a NUL byte", optionName(element))
		}
		if len(words) > 0 && wantsValue(flags, words) {
			words = append(words, element)
			continue
		}
		trimmed := strings.TrimSpace(element)
		if trimmed == "" {
			continue
		}
		if !joined(trimmed) {
			if strings.IndexByte(trimmed, '=') >= 0 {
				trimmed = strings.TrimLeft(element, " \t\n") // what follows the value may belong to it
			}
			words = append(words, trimmed)
			continue
		}
		split, err := core.SplitWords(trimmed)
		if err != nil {
			return nil, core.Errorf(core.KindInvalidArgument, "the option %s cannot be split into words: %w", optionName(trimmed), err)
		}
		words = append(words, split...)
	}
	return words, nil
}

// joined tells "-v /a:/b" from "--env=GREETING=hello world".
func joined(element string) bool {
	if element[0] != '-' {
		return false
	}
	space := strings.IndexAny(element, " \t\n")
	if space < 0 {
		return false
	}
	equals := strings.IndexByte(element, '=')
	// The first blank of "--env=A=b c" stands in the value, unless another flag
	// follows it, as in "--name=x --rm".
	return equals < 0 || space < equals || strings.Contains(element[space:], " -")
}

// wantsValue tells whether the last word is a flag whose value is still missing.
// It walks from the start, since a value may look like a flag.
func wantsValue(flags *pflag.FlagSet, words []string) bool {
	pending := false
	for _, word := range words {
		if pending {
			pending = false
			continue
		}
		pending = flagWantsValue(flags, word)
	}
	return pending
}

func flagWantsValue(flags *pflag.FlagSet, word string) bool {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		flag := flags.Lookup(long)
		return flag != nil && flag.NoOptDefVal == ""
	}
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	for i := 1; i < len(word); i++ {
		flag := flags.ShorthandLookup(word[i : i+1])
		if flag == nil {
			return false
		}
		if flag.NoOptDefVal == "" {
			return i == len(word)-1
		}
	}
	return false
}

// parseOptions lets the command's own flags parse the options. Nothing but flags
// may stand there: the image or container is given apart.
func parseOptions(cmd *cobra.Command, options []string) error {
	return parseFlags(cmd.Flags(), options)
}

func parseFlags(flags *pflag.FlagSet, options []string) error {
	if err := parseWords(flags, options); err != nil {
		return hideValues(err, options)
	}
	return nil
}

func parseWords(flags *pflag.FlagSet, options []string) error {
	words, err := optionWords(flags, options)
	if err != nil {
		return err
	}
	if err := flags.Parse(words); errors.Is(err, pflag.ErrHelp) {
		return core.Errorf(core.KindInvalidArgument, "--help is not an option here")
	} else if err != nil {
		return invalidOption(err)
	}
	if flags.NArg() > 0 {
		return core.Errorf(core.KindInvalidArgument,
			"%q in the options belongs to no option: put a value with blanks in a word of its own, and the image and command in their own arguments", flags.Arg(0))
	}
	if help, err := flags.GetBool("help"); err == nil && help {
		return core.Errorf(core.KindInvalidArgument, "--help is not an option here")
	}
	return nil
}

func invalidOption(err error) *core.Error {
	return &core.Error{Kind: core.KindInvalidArgument, Message: err.Error(), Err: err}
}

// envValue replaces the value of --env: a name without "=" is looked up in the
// caller's environment, where docker would ask its own process.
type envValue struct {
	pflag.Value
	environ core.Environ
	// unset are names that the caller's environment does not have: they remove the
	// image's variable, as with docker.
	unset []string
}

func (v *envValue) Set(text string) error {
	if strings.Contains(text, "=") || text == "" {
		return v.Value.Set(text)
	}
	if value, ok := v.environ.Lookup(text); ok {
		return v.Value.Set(text + "=" + value)
	}
	v.unset = append(v.unset, text)
	return nil
}

// envFileValue replaces the value of --env-file, for the same reason.
type envFileValue struct {
	pflag.Value
	environ core.Environ
	lines   []string
}

func (v *envFileValue) Set(path string) error {
	if path == "" {
		return os.ErrNotExist
	}
	lines, err := kvfile.Parse(path, v.environ.Lookup)
	if err != nil {
		return err
	}
	v.lines = append(v.lines, lines...)
	return nil
}

// useEnviron puts both in place.
func useEnviron(flags *pflag.FlagSet, environ core.Environ) (*envValue, *envFileValue) {
	env, file := flags.Lookup("env"), flags.Lookup("env-file")
	e := &envValue{Value: env.Value, environ: environ}
	f := &envFileValue{Value: file.Value, environ: environ}
	env.Value, file.Value = e, f
	return e, f
}
