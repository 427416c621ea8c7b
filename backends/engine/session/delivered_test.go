package session

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"
)

// TestArrived: what the peer of a Unix socket has not read has not arrived.
func TestArrived(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	here, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = here.Close() }()
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = there.Close() }()
	if _, err := io.WriteString(here, "all of it"); err != nil {
		t.Fatal(err)
	}
	raw, err := here.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if left, err := unsent(raw); err != nil || left == 0 {
		t.Errorf("%d bytes are left, %v", left, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := arrived(ended, here); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := io.ReadFull(there, make([]byte, 9)); err != nil {
		t.Fatal(err)
	}
	if err := arrived(t.Context(), below{here}); err != nil {
		t.Error(err)
	}
	pipe, _ := net.Pipe()
	if err := arrived(t.Context(), pipe); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

type below struct{ net.Conn }

func (b below) NetConn() net.Conn { return b.Conn }
