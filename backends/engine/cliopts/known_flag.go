package cliopts

import (
	"reflect"

	"github.com/docker/cli/opts"
	"github.com/spf13/pflag"
)

// knownFlag is a flag, and how it was before any parse.
type knownFlag struct {
	flag  *pflag.Flag
	value pflag.Value
	// current is what value points to, where docker's command reads it.
	current, initial reflect.Value
}

func know(flag *pflag.Flag) knownFlag {
	current := reflect.ValueOf(flag.Value).Elem()
	initial := reflect.New(current.Type()).Elem()
	initial.Set(current)
	return knownFlag{flag, flag.Value, current, initial}
}

// reset restores the flag. Lists and maps that a value only points to are empty at first,
// and are made again: a result may still refer to the old ones.
func (f knownFlag) reset() {
	f.flag.Value, f.flag.Changed = f.value, false
	f.current.Set(f.initial)
	switch value := f.value.(type) {
	case *opts.ListOpts:
		*value = opts.NewListOpts(validator(f.initial.Addr().Interface().(*opts.ListOpts)))
	case *opts.MapOpts:
		clear(value.GetAll())
	case *opts.UlimitOpt:
		*value = *opts.NewUlimitOpt(nil)
	}
}

// validator returns a list's own validator, which docker keeps private: it adds the text to
// the list and returns what the list then contains.
func validator(list *opts.ListOpts) opts.ValidatorFctType {
	return func(text string) (string, error) {
		if err := list.Set(text); err != nil {
			return "", err
		}
		valid := list.GetSlice()[0]
		list.Delete(valid) //lint:ignore SA1019 nothing else empties a list
		return valid, nil
	}
}
