package streams

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLogWithoutItsTimesIsTheLog(t *testing.T) {
	long := strings.Repeat("x", 3*logPiece+5)
	for name, text := range map[string]string{
		"short lines":         "one\ntwo\n\nthree\n",
		"no end":              "one\ntwo",
		"a long line":         "a\n" + long + "\nb\n",
		"a time in the text":  stampOf(8) + stampOf(9) + "\nsee " + stampOf(7) + "\n",
		"many lines":          strings.Repeat("a\n\n", 20_000),
		"not all of a stamp":  "2026-11\n2026-11-27T13:00:00\n",
		"nothing":             "",
		"only the line's end": "\n",
	} {
		for way, reader := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader} {
			t.Run(name+"/"+way, func(t *testing.T) {
				var got bytes.Buffer
				var first FirstStamp
				log := reader(strings.NewReader(pieces(false, 1, text)))
				if err := DemuxLog(log, false, true, first.Watch(StripStamps(&got)), io.Discard); err != nil {
					t.Fatal(err)
				}
				if got.String() != text {
					t.Errorf("got %.80q", got.String())
				}
				if want := strings.TrimSpace(stampOf(1)); text != "" && first.Stamp() != want {
					t.Errorf("the first time is %q", first.Stamp())
				}
			})
		}
	}
}

func TestLinesWithoutATimeAreKept(t *testing.T) {
	var got bytes.Buffer
	text := stampOf(1) + "one\ntwo\n2026\n\n" + stampOf(2) + "three"
	if _, err := io.Copy(StripStamps(&got), iotest.OneByteReader(strings.NewReader(text))); err != nil {
		t.Fatal(err)
	}
	if want := "one\ntwo\n2026\n\nthree"; got.String() != want {
		t.Errorf("got %q", got.String())
	}
}

func TestFirstTimeIsTheEarliestOfBothStreams(t *testing.T) {
	var first FirstStamp
	out, errOut := first.Watch(io.Discard), first.Watch(io.Discard)
	for _, step := range []struct {
		to   io.Writer
		text string
		want int
	}{{out, stampOf(5) + "a\n", 5}, {errOut, stampOf(3)[:10], 5}, {errOut, stampOf(3)[10:], 3}, {out, stampOf(1), 3}} {
		if _, err := io.WriteString(step.to, step.text); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSpace(stampOf(step.want)); first.Stamp() != want {
			t.Errorf("after %q: %q", step.text, first.Stamp())
		}
	}
}
