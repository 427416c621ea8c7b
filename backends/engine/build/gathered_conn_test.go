package build

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// counted counts the writes to a connection.
type counted struct {
	net.Conn
	writes atomic.Int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestGatheredConn(t *testing.T) {
	here, there := net.Pipe()
	under := &counted{Conn: here}
	conn := gather(under)
	var want bytes.Buffer
	for i := range 1000 { // nobody reads: the first is under way, the others come together
		piece := fmt.Appendf(nil, "%d ", i)
		want.Write(piece)
		if n, err := conn.Write(piece); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
		clear(piece) // the caller may use it again
	}
	closed := make(chan error, 1)
	go func() { closed <- conn.Close() }()
	got, err := io.ReadAll(there)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes came of %d, %v", len(got), want.Len(), err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if n := under.writes.Load(); n > 10 {
		t.Errorf("%d writes for what could go out together", n)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("a closed connection takes more")
	}
}

// TestGatheredConnFails: whoever writes learns that it is of no use, also while it waits
// for a peer that takes nothing.
func TestGatheredConnFails(t *testing.T) {
	here, there := net.Pipe()
	conn := gather(here)
	failed := make(chan error, 1)
	go func() {
		for {
			if _, err := conn.Write(make([]byte, 1000)); err != nil {
				failed <- err
				return
			}
		}
	}()
	if _, err := io.ReadFull(there, make([]byte, 10_000)); err != nil {
		t.Fatal(err)
	}
	_ = there.Close()
	if err := <-failed; err == nil {
		t.Error("the writer learned nothing")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
