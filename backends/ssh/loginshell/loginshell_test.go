package loginshell

import (
	"os/exec"
	"strings"
	"testing"
)

// awkward is what shells understand differently, or not at all.
const awkward = "it's $HOME `id` \"quoted\" !history \\n \\\\ a\nnewline; \n\n*"

// TestCommand gives scripts to sh as sshd gives them to a login shell.
func TestCommand(t *testing.T) {
	for name, text := range map[string]string{
		"plain":       "plain",
		"quotes":      `it's "there"`,
		"awkward":     awkward,
		"long":        strings.Repeat("x", 2*longestWord),
		"empty":       "",
		"not a dash":  "-n",
		"a backslash": `\`,
	} {
		t.Run(name, func(t *testing.T) {
			command, first := Command("printf '%s|' " + Quote(text) + "; cat")
			if strings.ContainsAny(command, "\n!\\") || len(command) > 2*longestWord {
				t.Errorf("the login shell would have to understand %q", command)
			}
			sh := exec.CommandContext(t.Context(), "sh", "-c", command)
			sh.Stdin = strings.NewReader(first + "the rest\n")
			out, err := sh.CombinedOutput()
			if err != nil || string(out) != text+"|the rest\n" {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}

// TestReader: a shell that waits runs one script, which gets the rest of the input.
func TestReader(t *testing.T) {
	sh := exec.CommandContext(t.Context(), "sh", "-c", Reader)
	sh.Stdin = strings.NewReader(Line("printf '%s|' "+Quote(awkward)+"; cat") + "the rest\n")
	if out, err := sh.CombinedOutput(); err != nil || string(out) != awkward+"|the rest\n" {
		t.Errorf("%q, %v", out, err)
	}
}
