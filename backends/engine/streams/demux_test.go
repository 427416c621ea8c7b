package streams

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func chunk(stream byte, text string) string {
	head := [8]byte{stream}
	binary.BigEndian.PutUint32(head[4:], uint32(len(text)))
	return string(head[:]) + text
}

func TestDemuxTellsStreamsApart(t *testing.T) {
	long := strings.Repeat("long", BufferSize)
	sent := chunk(1, "a") + chunk(2, "err") + chunk(1, "") + chunk(1, long) + chunk(0, "b")
	for name, from := range map[string]io.Reader{
		"whole":   strings.NewReader(sent),
		"halves":  iotest.HalfReader(strings.NewReader(sent)),
		"at once": iotest.DataErrReader(strings.NewReader(sent)),
	} {
		var out, errOut bytes.Buffer
		if err := Demux(from, false, &out, &errOut); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if out.String() != "a"+long+"b" || errOut.String() != "err" {
			t.Errorf("%s: %d bytes and %q", name, out.Len(), errOut.String())
		}
	}
}

func TestDemuxOfSingleBytes(t *testing.T) {
	var out bytes.Buffer
	sent := chunk(1, "a") + chunk(1, "bc")
	if err := Demux(iotest.OneByteReader(strings.NewReader(sent)), false, &out, nil); err != nil || out.String() != "abc" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestDemuxNoticesABrokenStream(t *testing.T) {
	whole := chunk(1, "abc")
	for cut := 1; cut < len(whole); cut++ {
		if err := Demux(strings.NewReader(whole[:cut]), false, nil, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d bytes: %v", cut, err)
		}
	}
	if err := Demux(strings.NewReader(chunk(7, "abc")), false, nil, nil); err == nil {
		t.Error("stream 7 was taken")
	}
	broken := errors.New("broken")
	if err := Demux(io.MultiReader(strings.NewReader(whole), iotest.ErrReader(broken)), false, nil, nil); !errors.Is(err, broken) {
		t.Errorf("the reader's error became %v", err)
	}
}
