package core

import (
	"encoding/json"
	"strings"

	"github.com/kballard/go-shellquote"
)

// Command is what runs in a container: in JSON a list of words (argv), or a string
// that is split as a POSIX shell splits words, with nothing expanded or redirected.
type Command struct {
	// Argv is nil where Text was given.
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

// Words gives argv. With shell the text becomes the script of sh -c, and a list its
// words joined with quotes. An empty command gives no words.
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
	return checkNUL(words)
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
