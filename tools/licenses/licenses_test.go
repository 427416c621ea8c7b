package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mit = `Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

// program makes a program that links example.com/part, whose files these are.
func program(t *testing.T, part map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"go.mod": "module example.com/program\n\ngo 1.26.0\n\ntoolchain go1.26.8\n\n" +
			"require example.com/part v1.2.3\n\nreplace example.com/part => ./part\n",
		"main.go":           "package main\n\nimport _ \"example.com/part/inner\"\n\nfunc main() {}\n",
		"part/go.mod":       "module example.com/part\n",
		"part/inner/in.go":  "package inner\n",
		"part/unused/un.go": "package unused\n",
	}
	for name, text := range part {
		files["part/"+name] = text
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

var here = []build{{"linux/amd64", "."}}

func TestLists(t *testing.T) {
	root := program(t, map[string]string{
		"LICENSE": mit, "inner/COPYING": strings.ReplaceAll(mit, "Somebody", "Another"), "NOTICE": "Thanks to all.",
		"unused/LICENSE": "Nobody links this.", "inner/license.go": "package inner\n", "LICENSE.docs": "For the documentation.",
	})
	if err := run(root, here, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, list))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"Go standard library\tv1.26.8\tBSD-3-Clause\n", "example.com/part\tv1.2.3\tMIT\n",
		"\nexample.com/part: LICENSE\n", "\nexample.com/part: inner/COPYING\n", "Copyright (c) 2026 Another",
		"\nexample.com/part: NOTICE\n", "\nThanks to all.\n", "Go standard library: PATENTS",
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s lacks %q", list, part)
		}
	}
	for _, part := range []string{"Nobody links this", "package inner", "For the documentation"} {
		if strings.Contains(string(text), part) {
			t.Errorf("%s holds %q, which is no term of what is linked", list, part)
		}
	}
	if err := run(root, here, true); err != nil {
		t.Errorf("the list that was just written: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	gpl := "This program is free software: you can redistribute it and/or modify it under the terms of the GNU General " +
		"Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
	for name, c := range map[string]struct {
		part map[string]string
		want string
	}{
		"no licence":            {nil, "example.com/part v1.2.3: it has no licence"},
		"a notice only":         {map[string]string{"NOTICE": "Thanks."}, "it has no licence"},
		"a licence not allowed": {map[string]string{"LICENSE": gpl}, "GPL-3.0-or-later, which is not in tools/licenses/allowed.go"},
		"further inside":        {map[string]string{"LICENSE": mit, "inner/COPYING": gpl}, "inner/COPYING holds GPL-3.0-or-later"},
		"terms of its own":      {map[string]string{"LICENSE": "You may use this on Sundays."}, "is no licence text that is known"},
		"terms added": {map[string]string{"LICENSE": mit + strings.Repeat("You may not use this on Sundays, and never at night. ", 30)},
			"is no licence text that is known"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(program(t, c.part), here, false)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestStale(t *testing.T) {
	root := program(t, map[string]string{"LICENSE": mit})
	for _, stale := range []string{"", heading, fmt.Sprintf("%sexample.com/part\tv1.2.2\tMIT\n", heading)} {
		if stale != "" {
			if err := os.WriteFile(filepath.Join(root, list), []byte(stale), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(root, here, true); err == nil || !strings.Contains(err.Error(), "is stale") {
			t.Errorf("a list of %q: got %v", stale, err)
		}
	}
}
