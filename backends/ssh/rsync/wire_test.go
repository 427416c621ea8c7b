package rsync

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

func TestVarint(t *testing.T) {
	for value, want := range map[uint32]string{0: "00", 1: "01", 0x7f: "7f", 0x80: "8080", 0x1234: "9234", 0x3fff: "bfff", 0x4000: "c00040"} {
		got := hex.EncodeToString(appendVarint(nil, value))
		if got != want {
			t.Errorf("%#x: %s, want %s", value, got, want)
		}
	}
	for range 10_000 {
		value := rand.Uint32() >> rand.IntN(32)
		r := bytes.NewReader(appendVarint(nil, value))
		if got, err := readVarint(r); err != nil || got != value || r.Len() != 0 {
			t.Fatalf("%#x became %#x, %v", value, got, err)
		}
	}
}

func TestIndices(t *testing.T) {
	out, in := newIndices(), newIndices()
	sent := []int32{0, 1, 254, 508, 508, 5, 40_000, 40_001, ndxDone, math.MaxInt32, ndxDelStats, ndxDone, 7}
	var b []byte
	for _, ndx := range sent {
		b = out.append(b, ndx)
	}
	r := bytes.NewReader(b)
	for _, want := range sent {
		if got, err := in.read(r); err != nil || got != want {
			t.Fatalf("got %d, %v; want %d", got, err, want)
		}
	}
}

func TestDelta(t *testing.T) {
	old := make([]byte, 3<<20+123)
	for i := range old {
		old[i] = byte(rand.Uint32())
	}
	changes := map[string]func() []byte{
		"equal":     func() []byte { return old },
		"shorter":   func() []byte { return old[:2<<20+5] },
		"inserted":  func() []byte { return slices.Concat(old[:1<<20], []byte("new"), old[1<<20:]) },
		"removed":   func() []byte { return slices.Concat(old[:1<<20], old[1<<20+77:]) },
		"other":     func() []byte { return bytes.Repeat([]byte("x"), 2<<20) },
		"rearrange": func() []byte { return slices.Concat(old[2<<20:], old[:2<<20]) },
		"empty":     func() []byte { return nil },
	}
	for name, change := range changes {
		for _, sum := range algorithms {
			text := change()
			got, sent := rebuild(t, old, text, sum)
			if !bytes.Equal(got, text) {
				t.Errorf("%s, %s: rebuilt %d bytes of %d", name, sum.name, len(got), len(text))
			}
			if name != "other" && sent > 20_000 {
				t.Errorf("%s, %s: %d bytes were sent", name, sum.name, sent)
			}
		}
	}
}

func rebuild(t *testing.T, old, text []byte, sum algorithm) (got []byte, sent int) {
	t.Helper()
	const length, seed = 4096, -5
	var head bytes.Buffer
	count := (len(old) + length - 1) / length
	for _, n := range []int{count, length, sum.size, len(old) % length} {
		head.Write(appendInt(nil, int32(n)))
	}
	for block := range slices.Chunk(old, length) {
		head.Write(appendInt(nil, int32(weakOf(block).sum())))
		head.Write(sum.block(seed, block))
	}
	b, err := readBasis(&head, sum.size)
	if err != nil {
		t.Fatal(err)
	}
	var content []byte
	d := &delta{
		basis: b, from: io.LimitReader(bytes.NewReader(text), int64(len(text))), strong: func(p []byte) []byte { return sum.block(seed, p) },
		literal: func(p []byte) error { got, sent = append(got, p...), sent+len(p); return nil },
		block: func(i int32) error {
			got = append(got, old[int(i)*length:min(len(old), int(i+1)*length)]...)
			return nil
		},
		content: func(p []byte) { content = append(content, p...) },
		skipped: func(int64) {},
	}
	if err := d.run(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, text) {
		t.Error("the checksum is over other content")
	}
	return got, sent
}

func TestImpossibleBasis(t *testing.T) {
	for _, fields := range [][4]int32{{-1, 1, 1, 0}, {1, 0, 1, 0}, {1 << 30, 1, 1, 0}, {1, 10, 99, 0}, {1, 10, 1, 11}} {
		var b []byte
		for _, field := range fields {
			b = appendInt(b, field)
		}
		if _, err := readBasis(bytes.NewReader(b), 8); err == nil {
			t.Errorf("%v is taken", fields)
		}
	}
}

func TestMessages(t *testing.T) {
	issues := &hostfiles.Issues{}
	s := newPeer(issues, "/data/to")
	for _, text := range []string{
		`rsync: [receiver] mkstemp "/data/to/sub/.a.QSXqNe" failed: Read-only file system (30)`,
		`rsync: [generator] failed to set times on "/data/to/.": Operation not permitted (1)`,
		"cannot delete non-empty directory: x/y",
		"rsync error: some files/attrs were not transferred (code 23) at main.c(1394) [sender=3.2.7]",
	} {
		s.line(text)
	}
	list, _ := issues.List()
	if len(list) != 3 || list[0].Path != "sub/a" || list[0].Message != "mkstemp: read-only file system" && list[0].Message != "read-only file system" ||
		list[2].Path != "x/y" {
		t.Errorf("%+v", list)
	}
	s.line(`rsync: [receiver] write failed on "/data/to/big": No space left on device (28)`)
	if s.fatal.Load() == nil {
		t.Error("a full disk ends everything")
	}
}

// TestNoGreeting: without a usable rsync, the caller must know to go another way.
func TestNoGreeting(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "old": "\x1e\x00\x00\x00\x00", "text": "Welcome to the host!", "no varints": "\x1f\x00\x00\x00\x20",
	} {
		o := &Options{Issues: &hostfiles.Issues{}, Abandon: func() {}}
		_, err := Run(t.Context(), o, strings.NewReader(answer), io.Discard, strings.NewReader("sh: rsync: not found"))
		if !errors.Is(err, ErrNoGreeting) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Run(t.Context(), &Options{Abandon: func() {}}, strings.NewReader(""), failing{}, strings.NewReader(""))
	if !errors.Is(err, ErrNoGreeting) {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.EOF }
