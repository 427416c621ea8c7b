package cliopts

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// secretive lists the options whose values may contain a secret: no error shows them. What
// the Python package shows of options is even less, see its _display/masking.py.
var secretive = []string{
	"-e", "-l", "--env", "--label", "--log-opt", "--build-arg", "--annotation", "--storage-opt", "--health-cmd",
	"--secret", "--mount", "--cache-from", "--cache-to", "--output",
}

// listed are those that take a list of NAME=VALUE; harmless are the names there that no
// secret has.
var (
	listed   = []string{"--secret", "--mount", "--cache-from", "--cache-to", "--output"}
	harmless = []string{"type", "id", "ref", "name", "mode", "env", "src", "source", "dst", "dest", "destination", "target", "push", "tar", "readonly", "ro"}
)

// urlLogin is a password in a URL.
var urlLogin = regexp.MustCompile(`(://[^/@\s"]*:)[^/@\s"]+@`)

const hiddenValue = "***"

// shortestHidden is the length below which a text is too common to be hidden.
const shortestHidden = 3

// HideValues hides the values of secretive options in an error's text.
func HideValues(err error, options []string) error {
	var known *core.Error
	if !errors.As(err, &known) {
		return err
	}
	values := slices.DeleteFunc(secretValues(options), func(value string) bool { return len(value) < shortestHidden })
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	clone := *known
	for _, value := range values {
		quoted := strconv.Quote(value)
		for _, form := range []string{value, quoted[1 : len(quoted)-1]} {
			clone.Message = strings.ReplaceAll(clone.Message, form, hiddenValue)
		}
	}
	clone.Message = urlLogin.ReplaceAllString(clone.Message, "${1}"+hiddenValue+"@")
	return &clone
}

// secretValues returns the values of secretive options, and the second part of NAME=VALUE.
func secretValues(options []string) (values []string) {
	add := func(option, value string) {
		if !slices.Contains(listed, option) {
			_, second, _ := strings.Cut(value, "=")
			values = append(values, value, second, strings.Trim(second, `"'`))
			return
		}
		for field := range strings.SplitSeq(value, ",") {
			name, second, set := strings.Cut(field, "=")
			if set && !slices.Contains(harmless, strings.ToLower(name)) {
				values = append(values, field, second)
			} else if !set && !strings.HasPrefix(option, "--cache") {
				values = append(values, field)
			}
		}
	}
	pending := ""
	for _, element := range options {
		words := []string{element}
		if trimmed := strings.TrimSpace(element); pending == "" && trimmed != "" && joined(trimmed) {
			var err error
			if words, err = core.SplitWords(trimmed); err != nil {
				words = strings.Fields(trimmed)
			}
		}
		for _, word := range words {
			if pending != "" {
				add(pending, word)
				pending = ""
				continue
			}
			option, value, whole := secretiveOption(strings.TrimSpace(word))
			if option != "" && whole {
				add(option, value)
			} else {
				pending = option
			}
		}
	}
	return values
}

// secretiveOption returns the secretive option that a word is, "" if it is none, and the
// value if the word contains that, too.
func secretiveOption(word string) (option, value string, whole bool) {
	if strings.HasPrefix(word, "--") {
		option, value, whole = strings.Cut(word, "=")
	} else if strings.HasPrefix(word, "-") {
		letters := strings.TrimLeft(word[1:], "diqtP") // options without a value may come first
		if letters == "" {
			return "", "", false
		}
		option, value = "-"+letters[:1], strings.TrimPrefix(letters[1:], "=")
		whole = value != ""
	}
	if !slices.Contains(secretive, option) {
		return "", "", false
	}
	return option, value, whole
}

// optionName returns an option without its value.
func optionName(element string) string {
	if at := strings.IndexAny(element, "= \t\n\x00"); at >= 0 {
		element = element[:at]
	}
	if !strings.HasPrefix(element, "-") {
		return hiddenValue // a value of its own
	}
	return element
}
