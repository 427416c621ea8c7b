package core

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestCommandWords(t *testing.T) {
	for name, c := range map[string]struct {
		json  string
		shell bool
		want  []string
	}{
		"list":              {`["echo","a b",""]`, false, []string{"echo", "a b", ""}},
		"empty list":        {`[]`, false, nil},
		"null":              {`null`, false, nil},
		"empty text":        {`""`, false, nil},
		"blank text":        {`" \t "`, false, nil},
		"text":              {`"echo  a 'b  c' d\\ e \"f g\""`, false, []string{"echo", "a", "b  c", "d e", "f g"}},
		"nothing expanded":  {`"echo $HOME * > x | y; z"`, false, []string{"echo", "$HOME", "*", ">", "x", "|", "y;", "z"}},
		"shell text":        {`"echo $HOME | cat"`, true, []string{"sh", "-c", "echo $HOME | cat"}},
		"shell list":        {`["echo","a b","$x"]`, true, []string{"sh", "-c", `echo 'a b' \$x`}},
		"shell, blank text": {`"  "`, true, nil},
		"shell, no list":    {`[]`, true, nil},
		"quotes kept":       {`"echo '$x' "`, true, []string{"sh", "-c", "echo '$x' "}},
	} {
		t.Run(name, func(t *testing.T) {
			var command Command
			if err := json.Unmarshal([]byte(c.json), &command); err != nil {
				t.Fatal(err)
			}
			got, err := command.Words(c.shell)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestCommandWordsRefuses(t *testing.T) {
	long := strings.Repeat("x", 500)
	for _, text := range []string{`echo "a`, "echo 'a", `echo \`, "echo a\x00b", `"` + long} {
		_, err := Command{Text: text}.Words(false)
		if KindOf(err) != KindInvalidArgument {
			t.Errorf("%q: %v", text, err)
		} else if strings.Contains(err.Error(), long) {
			t.Errorf("the message repeats a long command: %v", err)
		}
	}
	for _, shell := range []bool{false, true} {
		if _, err := (Command{Argv: []string{"echo", "a\x00b"}}).Words(shell); KindOf(err) != KindInvalidArgument {
			t.Errorf("NUL with shell=%t: %v", shell, err)
		}
	}
}

func TestCommandJSON(t *testing.T) {
	for _, text := range []string{`["a","b"]`, `[]`, `"a b"`, `""`} {
		var command Command
		if err := json.Unmarshal([]byte(text), &command); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(command); err != nil || string(got) != text {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	for _, text := range []string{`1`, `{}`, `[1]`, `true`} {
		var command Command
		if err := json.Unmarshal([]byte(text), &command); err == nil {
			t.Errorf("%s was taken as %+v", text, command)
		}
	}
}
