package attach

import (
	"errors"
	"strings"
	"testing"
)

func TestBeginningOfAnOutput(t *testing.T) {
	for _, c := range []struct {
		name, log, head string
		quiet           bool
		before          int64
		found           bool
	}{
		{"nothing was delivered", "a\nb\n", "", false, 0, true},
		{"quiet", "b\nc\n", "b\n", true, 0, true},
		{"quiet, the same line again and again", "tick\ntick\ntick\n", "tick\ntick\n", true, 0, true},
		{"quiet, more was delivered than was logged", "b\nc", "b\ncd", true, 0, true},
		{"quiet, inside a line", "half of it\nnext\n", "of it\nne", true, 5, true},
		{"quiet, inside a line, repeated later", "half\nlf\n", "lf\n", true, 2, true},
		{"quiet, another log", "x\ny\nb\n", "b\n", true, -1, false},
		{"busy", "a\nb\nc\n", "b\nc", false, 2, true},
		{"busy, the same line again and again", "tick\ntick\ntick\n", "tick\n", false, 0, false},
		{"busy, another log", "a\n", "b\n", false, -1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &beginning{head: []byte(c.head)}
			if _, err := b.Write([]byte(c.log)); err != nil {
				t.Fatal(err)
			}
			before, found := b.before(c.quiet)
			if found != c.found || found && before != c.before {
				t.Errorf("got %d, %t", before, found)
			}
		})
	}
}

// TestBeginningIsRead reads no more of a long log than is searched.
func TestBeginningIsRead(t *testing.T) {
	out, errOut := &beginning{head: []byte("x")}, &beginning{head: []byte("y")}
	out.other, errOut.other = errOut, out
	piece := []byte(strings.Repeat(".", lookBack-1))
	for range 3 {
		if _, err := out.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := errOut.Write(piece); err != nil || len(out.kept) != lookBack {
		t.Fatalf("kept %d bytes, %v", len(out.kept), err)
	}
	if _, err := errOut.Write(piece); !errors.Is(err, errEnough) {
		t.Errorf("got %v", err)
	}
}

func TestStartAfterALine(t *testing.T) {
	for stamp, since := range map[string]string{
		"2026-11-27T19:57:51.999999999Z": "1795809472.000000000",
		"2026-11-27T19:57:51.000000001Z": "1795809471.000000002",
		"":                               "",
	} {
		c := &Container{}
		if c.startAfter(stamp); c.start.since != since || !c.start.inside {
			t.Errorf("%s: got %q", stamp, c.start.since)
		}
	}
}
