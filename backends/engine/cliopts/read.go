package cliopts

import (
	"strconv"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// Read implements core.OptionsReader. It looks at no value but those of switches.
func Read(req core.OptionsRequest) (core.OptionsResult, error) {
	var flags *pflag.FlagSet
	switch req.Command {
	case "run":
		flags = RunFlags()
	case "exec":
		flags = ExecFlags()
	default:
		return core.OptionsResult{}, core.Errorf(core.KindInvalidArgument, "there is no command %q with options to read: it must be run or exec", req.Command)
	}
	result, err := read(flags, req.Options)
	if err != nil {
		return core.OptionsResult{}, HideValues(err, req.Options)
	}
	return result, nil
}

func read(flags *pflag.FlagSet, options []string) (core.OptionsResult, error) {
	words, err := optionWords(flags, options)
	result := core.OptionsResult{Words: words, Flags: []core.GivenFlag{}}
	if err != nil {
		return result, err
	}
	err = flags.ParseAll(words, func(flag *pflag.Flag, value string) error {
		if flag.Value.Type() == "bool" {
			on, err := strconv.ParseBool(value)
			if err != nil {
				return core.Errorf(core.KindInvalidArgument, "--%s is %q: it must be true or false", flag.Name, value)
			}
			if on && flag.Name == "help" {
				return pflag.ErrHelp
			}
			value = strconv.FormatBool(on)
		}
		result.Flags = append(result.Flags, core.GivenFlag{Name: shownName(flag.Name), Value: value})
		return nil
	})
	if err != nil {
		return result, invalidOption(err)
	}
	return result, strayWord(flags)
}

// shownName is the name in docker's help of a flag that has another, hidden one.
func shownName(name string) string {
	switch name {
	case "net":
		return "network"
	case "net-alias":
		return "network-alias"
	case "dns-opt":
		return "dns-option"
	}
	return name
}
