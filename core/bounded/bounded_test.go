package bounded

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestReaderGivesAllOrAnError(t *testing.T) {
	for size, fits := range map[int]bool{0: true, 9: true, 10: true, 11: false, 100_000: false} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "bytewise": iotest.OneByteReader} {
			text := strings.Repeat("x", size)
			got, err := ReadAll(wrap(strings.NewReader(text)), "the answer", 10)
			if fits && (err != nil || string(got) != text) || !fits && (!IsTooLarge(err) || len(got) != 10) {
				t.Errorf("%d bytes, %s: %d, %v", size, name, len(got), err)
			}
		}
	}
	r := Reader(strings.NewReader("0123456789ab"), "the answer", 10)
	_, _ = io.ReadAll(r)
	if _, err := r.Read(make([]byte, 1)); !IsTooLarge(err) {
		t.Errorf("asked again: %v", err)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	err := TooLarge("the list of /data", Limit)
	if err.Kind != core.KindEngineError || err.Details["reason"] != "too_large" || !strings.Contains(err.Message, "the list of /data is larger than 64 MiB") {
		t.Errorf("%+v", err)
	}
	if !strings.Contains(TooLarge("x", 4<<10).Message, "4 KiB") || IsTooLarge(errors.New("x")) || IsTooLarge(nil) {
		t.Error("other errors")
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path, 10); err != nil || string(got) != "0123456789" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := ReadFile(path, 9); !IsTooLarge(err) {
		t.Error(err)
	}
	if _, err := ReadFile(path+"x", 9); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestCount(t *testing.T) {
	c := Count{What: "the list", Limit: 100}
	if err := c.Add(100); err != nil {
		t.Error(err)
	}
	if err := c.Add(1); !IsTooLarge(err) {
		t.Error(err)
	}
}

func TestCollecting(t *testing.T) {
	b, h := &Buffer{What: "the output", Limit: 5}, &Head{Limit: 5}
	if n, err := b.Write([]byte("abc")); n != 3 || err != nil || b.Err() != nil {
		t.Error(n, err)
	}
	if n, err := b.Write([]byte("defg")); n != 2 || !IsTooLarge(err) || b.String() != "abcde" || !IsTooLarge(b.Err()) || len(b.Bytes()) != 5 {
		t.Error(n, err, b.String())
	}
	for range 3 {
		if n, err := h.Write([]byte("abc")); n != 3 || err != nil {
			t.Error(n, err)
		}
	}
	if h.String() != "abcab" || len(h.Bytes()) != 5 {
		t.Error(h.String())
	}
}

func TestCollect(t *testing.T) {
	for _, size := range []int{0, 1, 4 << 10, 4<<10 + 1, 3<<20 + 7} {
		want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		got, err := Collect(iotest.OneByteReader(bytes.NewReader(want)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes of %d, %v", len(got), size, err)
		}
	}
	if _, err := Collect(iotest.TimeoutReader(bytes.NewReader(make([]byte, 8<<10)))); err != iotest.ErrTimeout {
		t.Error(err)
	}
}

// TestCollectTellsACutFromTheEnd: what arrived before a cut is not all of it.
func TestCollectTellsACutFromTheEnd(t *testing.T) {
	for _, size := range []int{0, 1, 4 << 10, 5 << 10, 3 << 20} {
		for _, want := range []error{nil, io.ErrUnexpectedEOF} {
			var end io.Reader = strings.NewReader("")
			if want != nil {
				end = iotest.ErrReader(want)
			}
			got, err := Collect(io.MultiReader(strings.NewReader(strings.Repeat("x", size)), end))
			if len(got) != size || err != want {
				t.Errorf("%d of %d bytes, %v instead of %v", len(got), size, err, want)
			}
		}
	}
}
