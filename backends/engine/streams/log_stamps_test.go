package streams

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func stampOf(n int) string { return fmt.Sprintf("2026-11-27T13:00:00.%09dZ ", n) }

// pieces is a log as the engine sends it: each line in pieces, a time before each piece.
func pieces(tty bool, stream byte, text string) string {
	var out strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		for len(line) > 0 {
			piece := line[:min(len(line), logPiece)]
			line = line[len(piece):]
			n++
			if tty {
				out.WriteString(stampOf(n) + piece)
			} else {
				out.WriteString(chunkOf(stream, stampOf(n)+piece))
			}
		}
	}
	return out.String()
}

func chunkOf(stream byte, text string) string {
	size := len(text)
	return string([]byte{stream, 0, 0, 0, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}) + text
}

func TestTimesStandOnlyBeforeLines(t *testing.T) {
	long := strings.Repeat("x", 3*logPiece+5)
	for name, text := range map[string]string{
		"short lines":                      "one\ntwo\n\nthree\n",
		"no end":                           "one\ntwo",
		"a long line":                      "a\n" + long + "\nb\n",
		"a long line without an end":       long,
		"a whole piece":                    strings.Repeat("y", logPiece) + "\nz\n",
		"a whole piece without an end":     strings.Repeat("y", logPiece),
		"one byte less":                    strings.Repeat("y", logPiece-1) + "\nz\n",
		"a time in the text":               "see " + stampOf(7) + "\n" + stampOf(8) + stampOf(9) + "\n",
		"a time in the text of a long one": strings.Repeat("y", logPiece-9) + stampOf(7) + long + stampOf(8) + "\n",
		"what begins like a time":          strings.Repeat("y", logPiece) + "2026-11-27 and more\n",
	} {
		want := ""
		n := 0
		for line := range strings.Lines(text) {
			want += stampOf(n+1) + line
			n += (len(line) + logPiece - 1) / logPiece
		}
		for _, tty := range []bool{false, true} {
			for way, reader := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader} {
				t.Run(fmt.Sprintf("%s/terminal %v/%s", name, tty, way), func(t *testing.T) {
					var got bytes.Buffer
					err := DemuxLog(reader(strings.NewReader(pieces(tty, 1, text))), tty, true, &got, io.Discard)
					if err != nil || got.String() != want {
						t.Errorf("%v: %d bytes %.200q, want %d %.200q", err, got.Len(), got.String(), len(want), want)
					}
				})
			}
		}
	}
}

// TestTimesOfTwoStreams: pieces of the two streams come between each other.
func TestTimesOfTwoStreams(t *testing.T) {
	piece := strings.Repeat("x", logPiece)
	sent := chunkOf(1, stampOf(1)+piece) + chunkOf(2, stampOf(2)+"error\n") + chunkOf(1, stampOf(3)+"end\n") + chunkOf(2, stampOf(4)+"more\n")
	var out, errOut bytes.Buffer
	if err := DemuxLog(strings.NewReader(sent), false, true, &out, &errOut); err != nil {
		t.Fatal(err)
	}
	if out.String() != stampOf(1)+piece+"end\n" || errOut.String() != stampOf(2)+"error\n"+stampOf(4)+"more\n" {
		t.Errorf("%.80q, %q", out.String(), errOut.String())
	}
}

// TestWhatIsNoTimeStays: an engine may say in between that it cannot read its log.
func TestWhatIsNoTimeStays(t *testing.T) {
	piece := strings.Repeat("x", logPiece)
	const fault = "Error grabbing logs: no such file or directory\n"
	for _, more := range []string{fault, "short\n", "2026-11-27T13:00", ""} {
		var out bytes.Buffer
		if err := DemuxLog(strings.NewReader(chunkOf(1, stampOf(1)+piece)+chunkOf(1, more)), false, true, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		if out.String() != stampOf(1)+piece+more {
			t.Errorf("%q is not at the end", more)
		}
	}
}

// TestReplacedBytesMoveTheEndOfAPiece: a json-file log has three bytes in place of each
// that was no UTF-8.
func TestReplacedBytesMoveTheEndOfAPiece(t *testing.T) {
	piece := strings.Repeat("x", logPiece-3) + strings.Repeat("\uFFFD", 3)
	var out bytes.Buffer
	if err := DemuxLog(strings.NewReader(stampOf(1)+piece+stampOf(2)+piece+stampOf(3)+"end\n"), true, true, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if out.String() != stampOf(1)+piece+piece+"end\n" {
		t.Errorf("%d bytes", out.Len())
	}
}
