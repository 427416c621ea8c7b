package cliopts

import (
	"errors"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// Parse lets a command's flags parse options, which must contain nothing but flags: an image
// or a container is given separately.
func Parse(flags *pflag.FlagSet, options []string) error {
	if err := parseWords(flags, options); err != nil {
		return HideValues(err, options)
	}
	return nil
}

func parseWords(flags *pflag.FlagSet, options []string) error {
	words, err := optionWords(flags, options)
	if err != nil {
		return err
	}
	if err := flags.Parse(words); err != nil {
		return invalidOption(err)
	}
	if err := strayWord(flags); err != nil {
		return err
	}
	if isSet(flags, "help") {
		return invalidOption(pflag.ErrHelp)
	}
	return nil
}

func invalidOption(err error) error {
	if core.KindOf(err) != "" {
		return err
	}
	if errors.Is(err, pflag.ErrHelp) {
		return core.Errorf(core.KindInvalidArgument, "--help is not an option here")
	}
	return &core.Error{Kind: core.KindInvalidArgument, Message: err.Error(), Err: err}
}

// strayWord is the error about a word that follows the flags.
func strayWord(flags *pflag.FlagSet) error {
	if flags.NArg() == 0 {
		return nil
	}
	return core.Errorf(core.KindInvalidArgument,
		"%q in the options belongs to no option: put a value with blanks in a word of its own, and the image and command in their own arguments", flags.Arg(0))
}
