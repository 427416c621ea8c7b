package cliopts

import (
	"errors"
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
	result, err := read(flags, req)
	if err != nil {
		return core.OptionsResult{}, HideValues(err, req.Options)
	}
	return result, nil
}

func read(flags *pflag.FlagSet, req core.OptionsRequest) (core.OptionsResult, error) {
	result := core.OptionsResult{Words: req.Options, Flags: []core.GivenFlag{}, Operands: []string{}}
	if !req.Operands {
		words, err := optionWords(flags, req.Options)
		if err != nil {
			return result, err
		}
		result.Words = words
	}
	err := flags.ParseAll(result.Words, func(flag *pflag.Flag, value string) error {
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
	switch {
	case req.Operands && errors.Is(err, pflag.ErrHelp): // what else the line says does not matter
		result.Flags = append(result.Flags, core.GivenFlag{Name: "help", Value: "true"})
		return result, nil
	case err != nil:
		return result, invalidOption(err)
	}
	if !req.Operands {
		return result, strayWord(flags)
	}
	result.Words, result.Operands = givenWords(flags, result.Flags), append(result.Operands, flags.Args()...)
	return result, nil
}

// givenWords returns flags as words that are read in the same way again, whatever is in their values.
func givenWords(flags *pflag.FlagSet, given []core.GivenFlag) []string {
	words := []string{}
	for _, flag := range given {
		if flags.Lookup(flag.Name).Value.Type() == "bool" {
			words = append(words, "--"+flag.Name+"="+flag.Value)
		} else {
			words = append(words, "--"+flag.Name, flag.Value)
		}
	}
	return words
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
