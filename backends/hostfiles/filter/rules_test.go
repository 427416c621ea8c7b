package filter

import (
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// The cases were tried with rsync; random ones are compared in localfs.
func TestRules(t *testing.T) {
	tests := []struct {
		pattern string
		matches []string // folders end in "/"
		not     []string
	}{
		{"foo", []string{"foo", "a/foo", "foo/", "a/b/foo/"}, []string{"xfoo", "foox", "foo/bar"}},
		{"/foo", []string{"foo", "foo/"}, []string{"a/foo"}},
		{"foo/", []string{"foo/", "a/foo/"}, []string{"foo", "a/foo"}},
		{"a/foo", []string{"a/foo", "x/a/foo"}, []string{"foo", "xa/foo"}},
		{"*.o", []string{"a.o", "x/a.o", ".o"}, []string{"a.o/b", "a.oo"}},
		{"/*.o", []string{"a.o"}, []string{"x/a.o"}},
		{"a/*", []string{"a/b", "x/a/b", "a/b/"}, []string{"a", "a/b/c"}},
		{"/a/*/c", []string{"a/b/c"}, []string{"a/c", "a/b/b/c"}},
		{"a/**", []string{"a/b", "a/b/c", "x/a/b"}, []string{"a", "a/"}},
		{"a/***", []string{"a/b", "a/b/c", "a/"}, []string{"a"}},
		{"**/c", []string{"c", "a/c", "a/b/c"}, []string{"ac"}},
		{"**c", []string{"c", "ac", "a/bc"}, []string{"cd"}},
		{"a**c", []string{"abc", "a/b/c", "x/abc"}, []string{"ab", "xabcx"}},
		{"?", []string{"a", "x/b"}, []string{"ab"}},
		{"[a-c]x", []string{"ax", "bx"}, []string{"dx", "x"}},
		{"[!a-c]x", []string{"dx"}, []string{"ax", "x"}},
		{"[^a]", []string{"b"}, []string{"a"}},
		{"[[:digit:]]", []string{"1"}, []string{"a"}},
		{"[]]", []string{"]"}, []string{"["}},
		{`\*`, []string{"*"}, []string{"a", `\*`}},
		{`a\b`, []string{`a\b`}, []string{"ab"}},
		{"[a", nil, []string{"a", "[a"}},
		{"/", nil, []string{"a", "a/"}},
	}
	for _, tt := range tests {
		rules, err := Parse(nil, nil, []string{tt.pattern})
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		for want, paths := range map[bool][]string{true: tt.matches, false: tt.not} {
			for _, path := range paths {
				name, isFolder := strings.CutSuffix(path, "/")
				if rules.Excluded(name, isFolder) != want {
					t.Errorf("%q and %q: want %t", tt.pattern, path, want)
				}
			}
		}
	}
}

func TestRulesOrder(t *testing.T) {
	rules, err := Parse([]string{"+ a.o", "- b*", "include b.x"}, []string{"c.o", "- d"}, []string{"*.o", "+ e.o"})
	if err != nil {
		t.Fatal(err)
	}
	for path, excluded := range map[string]bool{"a.o": false, "b.x": true, "c.o": false, "x.o": true, "d": true, "e.o": true, "f": false} {
		if rules.Excluded(path, false) != excluded {
			t.Errorf("%s: want %t", path, excluded)
		}
	}
	if cleared, err := Parse(nil, nil, []string{"*", "!"}); err != nil || !cleared.Empty() {
		t.Errorf("%+v, %v", cleared, err)
	}
}

func TestBadRules(t *testing.T) {
	for _, filter := range []string{"", "+", "-", "x", "merge file", ": .rsync-filter", "-! x", "P x", "- ", "- a\x00b"} {
		if _, err := Parse([]string{filter}, nil, nil); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%q: %v", filter, err)
		}
	}
	if _, err := Parse(nil, nil, []string{strings.Repeat("x", 5000)}); core.KindOf(err) != core.KindInvalidArgument {
		t.Error(err)
	}
}

func FuzzWildcard(f *testing.F) {
	f.Add("a*b**c?[x-z]", "aXb/c/dcyz")
	f.Add(strings.Repeat("*a", 20)+"b", strings.Repeat("a", 200))
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 300 {
			return
		}
		Wildcard(pattern, text)
		if !strings.ContainsAny(pattern, `*?[\`) && Wildcard(pattern, text) != (pattern == text) {
			t.Errorf("%q %q", pattern, text)
		}
		if !Wildcard("**", text) {
			t.Errorf("** does not match %q", text)
		}
	})
}

func FuzzRules(f *testing.F) {
	f.Add("/a/**/b/", "x/y", true)
	f.Fuzz(func(t *testing.T, pattern, path string, isFolder bool) {
		if len(pattern) > 100 || len(path) > 300 {
			return
		}
		if rules, err := Parse(nil, nil, []string{pattern}); err == nil {
			rules.Excluded(path, isFolder)
			again, err := Parse(rules.Text(), nil, nil)
			if err != nil || again.Excluded(path, isFolder) != rules.Excluded(path, isFolder) {
				t.Errorf("%q: %q, %v", pattern, rules.Text(), err)
			}
		}
	})
}
