package core

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kballard/go-shellquote"
)

// Command is what runs in a container: in JSON a list of words (argv), or a string
// that is split into words as a POSIX shell does, without expansion. A string with a
// shell operator is refused.
type Command struct {
	// Argv is nil if Text was given.
	Argv []string
	Text string
}

// UnmarshalJSON takes a string, a list of strings or null.
func (c *Command) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &c.Text)
	}
	return json.Unmarshal(data, &c.Argv)
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (c Command) MarshalJSON() ([]byte, error) {
	if c.Argv != nil {
		return json.Marshal(c.Argv)
	}
	return json.Marshal(c.Text)
}

// Words returns argv. With shell, the text becomes the script of sh -c; a list is quoted
// and joined first. An empty command has no words.
func (c Command) Words(shell bool) ([]string, error) {
	if shell {
		script := c.Text
		if c.Argv != nil {
			script = shellquote.Join(c.Argv...)
		}
		if strings.TrimSpace(script) == "" {
			return nil, nil
		}
		return checkNUL([]string{"sh", "-c", script})
	}
	if c.Argv != nil {
		return checkNUL(c.Argv)
	}
	words, err := SplitWords(c.Text)
	if err != nil {
		return nil, Errorf(KindInvalidArgument, "the command %q cannot be split into words: %w: balance the quotes, or pass a list", shorten(c.Text), err)
	}
	if operator := shellOperator(c.Text); operator != "" {
		return nil, Errorf(KindInvalidArgument, "the command's text has %s outside quotes, which only a shell understands, and no shell reads it: "+
			"pass shell=True (sh -c in the container), quote it, or pass a list of words", operator)
	}
	return checkNUL(words)
}

// shellOperator returns the first thing that a shell would act on instead of passing it
// on: an operator outside quotes, the start of a substitution outside single quotes,
// or a line break between words. "" means that there is none.
func shellOperator(text string) string {
	text = strings.TrimSpace(text)
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' && quote != '"':
			quote ^= c
		case quote == '\'':
		case c == '\\':
			i++
		case c == '"':
			quote ^= c
		case c == '`':
			return "a backtick"
		case strings.HasPrefix(text[i:], "$("):
			return `"$("`
		case quote != 0:
		case c == '\n':
			return "a line break"
		case strings.IndexByte("<>|&;", c) >= 0:
			return strconv.Quote(text[i : i+operatorLength(text[i:])])
		}
	}
	return ""
}

// operatorLength returns the length of an operator: "&&", ">>", ">&".
func operatorLength(text string) int {
	return len(text) - len(strings.TrimLeft(text, "<>|&;"))
}

// SplitWords splits as a POSIX shell does.
func SplitWords(text string) ([]string, error) { return shellquote.Split(text) }

func checkNUL(words []string) ([]string, error) {
	for _, w := range words {
		if strings.IndexByte(w, 0) >= 0 {
			return nil, Errorf(KindInvalidArgument, "the command has a NUL byte in %q: no program can receive one in its arguments, send it by stdin or a file", shorten(w))
		}
	}
	return words, nil
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:77] + "..."
	}
	return s
}
