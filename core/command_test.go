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
		"nothing expanded":  {`"echo $HOME ${A} ~ *"`, false, []string{"echo", "$HOME", "${A}", "~", "*"}},
		"lines around":      {`"\n echo a \\\n b\n"`, false, []string{"echo", "a", "b"}},
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

func TestCommandTextWithAShellsOperatorIsRefused(t *testing.T) {
	for _, tt := range []struct{ text, named string }{
		{"echo hi > f", `">"`}, {"echo hi>>f", `">>"`}, {"cat <f", `"<"`}, {"ls 2>&1", `">&"`}, {"a|b", `"|"`},
		{"true && echo after", `"&&"`}, {"true || false", `"||"`}, {"sleep 1 &", `"&"`}, {"cd /x; ls", `";"`},
		{"echo $(date)", `"$("`}, {`echo "at $(date)"`, `"$("`}, {"echo `date`", "a backtick"}, {"echo \"`date`\"", "a backtick"},
		{"echo a\necho b", "a line break"}, {`echo 'it'"'"'s' > f`, `">"`}, {`echo "a\"" ; b`, `";"`}, {"echo €>f", `">"`},
	} {
		_, err := Command{Text: tt.text}.Words(false)
		if KindOf(err) != KindInvalidArgument || !strings.Contains(err.Error(), "has "+tt.named) || !strings.Contains(err.Error(), "shell=True") {
			t.Errorf("%q: %v", tt.text, err)
		}
		if _, err := (Command{Text: tt.text}).Words(true); err != nil {
			t.Errorf("%q with a shell: %v", tt.text, err)
		}
		if words, err := (Command{Argv: strings.Fields(tt.text)}).Words(false); err != nil || len(words) == 0 {
			t.Errorf("%q as a list: %v", tt.text, err)
		}
	}
	for text, words := range map[string][]string{
		`echo '> $( ; & | < > \x60'`: {"echo", `> $( ; & | < > \x60`}, `echo "a > b; c & d | e"`: {"echo", "a > b; c & d | e"},
		`echo a\;b \> \$\(x`: {"echo", "a;b", ">", "$(x"}, `echo "\$(x) \` + "`" + `"`: {"echo", "$(x) `"}, `printf '%s|' "it's"`: {"printf", "%s|", "it's"},
		"sh -c 'echo out >f; cat f'": {"sh", "-c", "echo out >f; cat f"}, "echo $ ( ) { } ! # % = a$": {"echo", "$", "(", ")", "{", "}", "!", "#", "%", "=", "a$"},
	} {
		if got, err := (Command{Text: text}).Words(false); err != nil || !slices.Equal(got, words) {
			t.Errorf("%q gave %q, %v; want %q", text, got, err, words)
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
