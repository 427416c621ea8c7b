package cliopts

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// optionWords splits options as users give them into separate words: each element is
// one word, or, if it begins with a dash and has white space before any "=",
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

// joined reports whether an element is several words, as "-v /a:/b" is and
// "--env=GREETING=hello world" is not.
func joined(element string) bool {
	if element[0] != '-' {
		return false
	}
	space := strings.IndexAny(element, " \t\n")
	if space < 0 {
		return false
	}
	equals := strings.IndexByte(element, '=')
	// The first space of "--env=A=b c" is part of the value, unless another flag
	// follows it, as in "--name=x --rm".
	return equals < 0 || space < equals || strings.Contains(element[space:], " -")
}

// wantsValue reports whether the last word is a flag whose value is still missing.
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
