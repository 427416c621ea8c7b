package hostfiles

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// breaksOff is a file whose connection is lost in the middle of a part.
type breaksOff struct {
	content []byte
	at      int64
	why     error
}

func (b *breaksOff) ReadAt(p []byte, at int64) (int, error) {
	n, err := bytes.NewReader(b.content).ReadAt(p, at)
	if b.why != nil && at+int64(n) > b.at {
		return int(max(0, b.at-at)), b.why
	}
	return n, err
}

// into is a file in memory.
type into struct{ content []byte }

func (f *into) WriteAt(p []byte, at int64) (int, error) { return copy(f.content[at:], p), nil }

// TestAReadThatBreaksOffIsNoEnd: a part of which only the beginning came is not the last one, unless
// that is where the file ends. The next attempt goes on where everything is there.
func TestAReadThatBreaksOffIsNoEnd(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 5*chunkSize/16)
	lost := core.Errorf(core.KindConnectionLost, "the connection was lost: %w", io.EOF)
	for _, concurrency := range []int{1, 4} {
		from, to, sent := &breaksOff{content, 2*chunkSize + 1000, lost}, &into{make([]byte, len(content))}, int64(0)
		c := &chunks{from: from, to: to, size: int64(len(content)), sent: &sent, moved: func(int64) {}}
		if err := c.copy(context.Background(), concurrency); !errors.Is(err, lost) || sent > 2*chunkSize {
			t.Fatalf("%d at once: got %v with %d bytes sent", concurrency, err, sent)
		}
		from.why = nil
		if err := c.copy(context.Background(), concurrency); err != nil || !bytes.Equal(to.content, content) {
			t.Errorf("%d at once: the copy differs, %v", concurrency, err)
		}
	}
	shorter, sent := &breaksOff{content[:chunkSize+7], 1 << 40, io.EOF}, int64(0)
	c := &chunks{from: shorter, to: &into{make([]byte, len(content))}, size: int64(len(content)), sent: &sent, moved: func(int64) {}}
	if err := c.copy(context.Background(), 1); err != nil {
		t.Errorf("a file that got shorter: %v", err)
	}
}
