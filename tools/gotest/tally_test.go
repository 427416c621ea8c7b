package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pkg = "example.org/p"

// events is a run in which one test passes, one fails, one is skipped, and one was under
// way when the program died.
const events = `
{"Action":"output","Package":"example.org/p","Test":"TestPasses","Output":"nobody reads this\n"}
{"Action":"pass","Package":"example.org/p","Test":"TestPasses","Elapsed":2}
{"Action":"output","Package":"example.org/p","Test":"TestFails/sub","Output":"want 1\n"}
{"Action":"fail","Package":"example.org/p","Test":"TestFails/sub","Elapsed":3}
{"Action":"fail","Package":"example.org/p","Test":"TestFails","Elapsed":0}
{"Action":"skip","Package":"example.org/p","Test":"TestSkips","Elapsed":0}
{"Action":"output","Package":"example.org/p","Test":"TestDies","Output":"panic: no end\n"}
{"Action":"output","Package":"example.org/p","Output":"FAIL\texample.org/p\t4s\n"}
{"Action":"fail","Package":"example.org/p","Elapsed":4}
{"ImportPath":"example.org/q","Action":"build-output","Output":"q.go:1: no such thing\n"}
not JSON
`

func TestTally(t *testing.T) {
	var out strings.Builder
	tally := newTally(&out)
	for line := range strings.Lines(strings.TrimPrefix(events, "\n")) {
		tally.line([]byte(line))
	}
	tally.slowest(2)
	all := []test{{pkg, "TestPasses"}, {pkg, "TestFails"}, {pkg, "TestSkips"}, {pkg, "TestDies"}}
	short, full := tally.close(all, true), tally.close(all, false)

	count := "Go tests: 1 passed, 1 failed, 1 left out\n"
	want := "want 1\nFAIL\texample.org/p\t4s\npanic: no end\nq.go:1: no such thing\nnot JSON\n" +
		"    3.00 s  example.org/p: TestFails\n    2.00 s  example.org/p: TestPasses\n" + count + count
	if out.String() != want {
		t.Errorf("printed %q, not %q", out.String(), want)
	}
	died := "example.org/p: TestDies is declared, and did not run to its end"
	if short == nil || short.Error() != died {
		t.Errorf("a short run: %v", short)
	}
	if skipped := "example.org/p: TestSkips was skipped: a full run skips nothing"; full == nil || full.Error() != died+"\n"+skipped {
		t.Errorf("a full run: %v", full)
	}
}

func TestEveryTestThatTheSourceDeclares(t *testing.T) {
	folder := t.TempDir()
	source := `package p
func TestOne(t *testing.T) {}
func FuzzTwo(f *testing.F) {}
func TestMain(m *testing.M) {}
func (s suite) TestThree(t *testing.T) {}
func helper() {}
`
	if err := os.WriteFile(filepath.Join(folder, "p_test.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	listed := `{"ImportPath": "example.org/empty"} {"ImportPath": "example.org/p", "Dir": "` + folder + `", "XTestGoFiles": ["p_test.go"]}`
	tests, err := declaredIn([]byte(listed))
	if err != nil || len(tests) != 2 || tests[0] != (test{pkg, "TestOne"}) || tests[1] != (test{pkg, "FuzzTwo"}) {
		t.Errorf("declaredIn() = %v, %v", tests, err)
	}
}

func TestArguments(t *testing.T) {
	if n, rest, err := arguments([]string{"-slowest", "3", "-race", "./..."}); n != 3 || len(rest) != 2 || err != nil {
		t.Errorf("arguments() = %d, %v, %v", n, rest, err)
	}
	if n, rest, err := arguments([]string{"./..."}); n != 0 || len(rest) != 1 || err != nil {
		t.Errorf("arguments() = %d, %v, %v", n, rest, err)
	}
	if _, _, err := arguments([]string{"-slowest", "many"}); err == nil {
		t.Error("-slowest many is no error")
	}
}
