package build

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	m := newMask(map[string][]byte{"a": []byte("password1\n-----BEGIN-----\r\nshort\n\n"), "b": []byte("password1-longer"), "c": []byte("word1-x")})
	for text, want := range map[string]string{
		"":                                "",
		"no secret":                       "no secret",
		"password1":                       "***",
		"a password1-longer b":            "a *** b",
		"password1-long":                  "***-long",
		"passpassword1password1":          "pass******",
		"password1-x":                     "***-x",
		"word1-x word1-":                  "*** word1-",
		"short\npassword\n-----BEGIN----": "short\npassword\n-----BEGIN----",
		"x-----BEGIN-----":                "x***",
	} {
		if got := m.hide(text); got != want {
			t.Errorf("%q: got %q; want %q", text, got, want)
		}
		for cut := range len(text) + 1 {
			first, held := m.part(text[:cut])
			second, rest := m.part(held + text[cut:])
			if got := first + second + m.hide(rest); got != want {
				t.Errorf("%q, cut at %d: got %q; want %q", text, cut, got, want)
			}
		}
	}
	var whole *mask
	if shown, held := whole.part("password1"); shown != "password1" || held != "" {
		t.Error("without secrets something is hidden")
	}
}

// TestMaskHoldsBackLittle: only what may become a secret waits for more.
func TestMaskHoldsBackLittle(t *testing.T) {
	m := newMask(map[string][]byte{"a": []byte("password1")})
	for text, want := range map[string]string{"line\n": "", "ready> ": "", "pass\n": "", "a pass": "pass", "password1": "", "passp": "p"} {
		if shown, held := m.part(text); held != want || shown+held != strings.ReplaceAll(text, "password1", hidden) {
			t.Errorf("%q: got %q, %q", text, shown, held)
		}
	}
	if m.rest("passw") != "passw" || m.rest("passwo") != hidden {
		t.Error("what is left at the end")
	}
}
