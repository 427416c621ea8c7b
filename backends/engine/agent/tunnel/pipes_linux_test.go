package tunnel

import (
	"bytes"
	"context"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTheAgentsPipesAreWide: the engine makes them.
func TestTheAgentsPipesAreWide(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	Serve(context.Background(), bytes.NewReader(nil), write)
	size, err := unix.FcntlInt(read.Fd(), unix.F_GETPIPE_SZ, 0)
	if err != nil || size != pipeSize {
		t.Errorf("%d bytes, %v", size, err)
	}
}
