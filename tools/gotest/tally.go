package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is what go test -json prints: see go doc test2json.
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

// test is a test's package and name; a subtest's name has a slash.
type test struct{ pkg, name string }

func (t test) String() string { return t.pkg + ": " + t.name }

func (t test) top() bool { return t.name != "" && !strings.Contains(t.name, "/") }

type ending struct {
	test
	action  string // pass, fail, skip
	seconds float64
}

// tally prints what is worth reading of go test's events, and counts.
type tally struct {
	out     io.Writer
	endings map[test]ending
	held    map[test]string // output of tests under way
}

func newTally(out io.Writer) *tally {
	return &tally{out: out, endings: map[test]ending{}, held: map[test]string{}}
}

func (t *tally) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		_, _ = t.out.Write(line) // what a program wrote past its standard output
		return
	}
	t.event(e)
}

func (t *tally) event(e event) {
	of := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		t.print(e.Output)
	case "output":
		if e.Test != "" {
			t.held[of] += e.Output
		} else if !dull(e.Output) {
			t.print(e.Output)
		}
	case "pass", "fail", "skip":
		t.ends(of, e)
	}
}

// ends prints a failed test's output, and all that is held where a whole package fails: a
// test that was under way when the program died has no end of its own.
func (t *tally) ends(of test, e event) {
	if e.Test != "" {
		t.endings[of] = ending{of, e.Action, e.Elapsed}
		if e.Action == "fail" {
			t.print(t.held[of])
		}
		delete(t.held, of)
		return
	}
	for under, output := range t.held {
		if under.pkg == of.pkg && e.Action == "fail" {
			t.print(output)
		}
	}
}

// dull reports whether a package's line says nothing that the counts do not say.
func dull(output string) bool {
	return output == "PASS\n" || output == "FAIL\n" || strings.HasSuffix(output, "[no test files]\n")
}

func (t *tally) print(text string) { _, _ = io.WriteString(t.out, text) }

// close compares what ran with what the source declares, and prints the counts.
func (t *tally) close(declared []test, short bool) error {
	counts := map[string]int{}
	for _, e := range t.endings {
		if e.top() {
			counts[e.action]++
		}
	}
	t.print(fmt.Sprintf("Go tests: %d passed, %d failed, %d left out\n", counts["pass"], counts["fail"], counts["skip"]))
	var problems []error
	for _, each := range declared {
		if _, ended := t.endings[each]; !ended {
			problems = append(problems, fmt.Errorf("%s is declared, and did not run to its end", each))
		}
	}
	for _, e := range t.sorted() {
		if e.action == "skip" && !short {
			problems = append(problems, fmt.Errorf("%s was skipped: a full run skips nothing", e.test))
		}
	}
	return errors.Join(problems...)
}

// slowest prints the n tests that took longest. Go does not count a test's wait for its
// parallel subtests: a test took as long as the longest of them.
func (t *tally) slowest(n int) {
	listed := map[test]bool{}
	for _, e := range t.sorted() {
		name, _, _ := strings.Cut(e.name, "/")
		top := test{e.pkg, name}
		if len(listed) == n {
			return
		}
		if !listed[top] {
			listed[top] = true
			t.print(fmt.Sprintf("%8.2f s  %s\n", e.seconds, top))
		}
	}
}

func (t *tally) sorted() []ending {
	var all []ending
	for _, e := range t.endings {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b ending) int {
		return cmp.Or(cmp.Compare(b.seconds, a.seconds), strings.Compare(a.String(), b.String()))
	})
	return all
}
