package bridge

import (
	"bytes"
	"errors"
	"testing"
)

func TestFrameLayout(t *testing.T) {
	got := appendFrame(nil, 0x0102030405060708, FrameError, FlagFinal, []byte("ab"))
	want := []byte{8, 7, 6, 5, 4, 3, 2, 1, 2, 0, 0, 0, 2, 0, 1, 0, 'a', 'b'}
	if !bytes.Equal(got, want) {
		t.Fatalf("frame is % x, want % x", got, want)
	}
}

func TestDecodeFramesInvertsAppend(t *testing.T) {
	var buf []byte
	payloads := [][]byte{nil, []byte("{}"), bytes.Repeat([]byte{0xff, 0}, maxChunk/2)}
	for i, p := range payloads {
		buf = appendFrame(buf, uint64(i), FrameType(i+1), uint16(i), p)
	}
	frames, err := DecodeFrames(buf)
	if err != nil || len(frames) != len(payloads) {
		t.Fatalf("%d frames, %v", len(frames), err)
	}
	for i, f := range frames {
		if f.Tag != uint64(i) || f.Type != FrameType(i+1) || f.Flags != uint16(i) || !bytes.Equal(f.Payload, payloads[i]) {
			t.Errorf("frame %d: %+v", i, f)
		}
	}
}

func TestDecodeFramesRefusesTruncated(t *testing.T) {
	whole := appendFrame(appendFrame(nil, 1, FrameStdout, 0, []byte("one")), 2, FrameResult, FlagFinal, []byte("{}"))
	for cut := 1; cut < len(whole); cut++ {
		frames, err := DecodeFrames(whole[:cut])
		if cut == headerSize+3 {
			if err != nil || len(frames) != 1 {
				t.Errorf("cut between frames: %d frames, %v", len(frames), err)
			}
			continue
		}
		if !errors.Is(err, errTruncated) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func FuzzDecodeFrames(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(appendFrame(nil, 1, FrameResult, FlagFinal, []byte("{}")))
	f.Add(appendFrame(appendFrame(nil, 7, FrameStdout, 0, []byte("x")), 7, FrameError, FlagFinal, nil))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		frames, err := DecodeFrames(data)
		var again []byte
		for _, frame := range frames {
			again = appendFrame(again, frame.Tag, frame.Type, frame.Flags, frame.Payload)
		}
		if !bytes.HasPrefix(data, again) || (err == nil) != (len(again) == len(data)) {
			t.Fatalf("% x decodes to % x, %v", data, again, err)
		}
	})
}
