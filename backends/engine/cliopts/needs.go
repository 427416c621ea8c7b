package cliopts

import "github.com/spf13/pflag"

// Need is an option that was given, and the API version that an engine must have for it.
type Need struct{ Flag, APIVersion string }

func needs(flags *pflag.FlagSet) (all []Need) {
	flags.Visit(func(flag *pflag.Flag) {
		if version := flag.Annotations["version"]; len(version) > 0 {
			all = append(all, Need{flag.Name, version[0]})
		}
	})
	return all
}
