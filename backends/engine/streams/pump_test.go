package streams

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// The engine may close a stream whose input it has not read to the end: the process has ended.
func TestUnreadInputDoesNotBreakTheOutputsEnd(t *testing.T) {
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	sent := make(chan struct{})
	guard.Go(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("all of it"))
		<-sent
		_ = conn.Close()
	}, nil)
	conn, err := net.Dial("unix", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("input")); err != nil {
		t.Fatal(err)
	}
	close(sent)
	var out bytes.Buffer
	stream := types.HijackedResponse{Conn: conn, Reader: bufio.NewReader(conn)}
	err = Pump(t.Context(), stream, true, core.Streams{Stdin: strings.NewReader(""), Stdout: &out})
	if err != nil || out.String() != "all of it" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

// TestStreamWithAnInputStaysOpen: the process at its other end must be able to say all it has to,
// but not for ever, and would take a closed stream for the end of its input.
func TestStreamWithAnInputStaysOpen(t *testing.T) {
	input, _ := io.Pipe()
	for name, s := range map[string]core.Streams{
		"cancelled":               {Stdin: input},
		"a reader that fails":     {Stdin: input, Stdout: refusing{}},
		"an input that fails":     {Stdin: iotest.ErrReader(errors.ErrUnsupported)},
		"cancelled, and no input": {},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if strings.HasPrefix(name, "cancelled") {
				cancel()
			}
			pumped := Pumping(ctx, types.HijackedResponse{Conn: ours, Reader: bufio.NewReader(ours)}, true, s)
			_, _ = theirs.Write([]byte("a line\n"))
			if err := <-pumped; err == nil {
				t.Error("no error")
			}
			most := int64(0)
			if s.Stdin != nil {
				most = mostDrained
			}
			n, err := io.Copy(theirs, io.LimitReader(zeros{}, 2*mostDrained))
			if n < most/2 || n > most+2*BufferSize || !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%d bytes could be written, and then %v", n, err)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }
