package core

import "testing"

func TestSafePath(t *testing.T) {
	for path, want := range map[string]bool{
		"": true, "a": true, "a/b": true, "..a": true, "a..": true, "...": true, " ": true, `a\b`: true, "new\nline": true,
		".": false, "..": false, "/": false, "/a": false, "a/": false, "a//b": false, "a/./b": false, "a/../b": false, "../a": false, "a\x00b": false,
	} {
		if got := SafePath(path); got != want {
			t.Errorf("%q: %t", path, got)
		}
	}
	if SafeName("") || SafeName("a/b") || !SafeName("a") {
		t.Error("a name is one element")
	}
}
