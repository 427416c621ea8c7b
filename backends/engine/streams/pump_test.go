package streams

import (
	"bufio"
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"

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
