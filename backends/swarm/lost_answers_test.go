package swarm

import (
	"bytes"
	"context"
	"net"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// snare breaks the connection of the first request that matches: before it is sent, or when its
// answer comes, which nobody reads.
type snare struct {
	request  *regexp.Regexp
	answered bool
	sprung   atomic.Bool
}

type snaredConn struct {
	net.Conn
	snare *snare
	armed atomic.Bool
}

func (c *snaredConn) Write(p []byte) (int, error) {
	line, _, _ := bytes.Cut(p, []byte("\r\n"))
	if c.snare.request.Match(line) && c.snare.sprung.CompareAndSwap(false, true) {
		if !c.snare.answered {
			_ = c.Close()
			return 0, net.ErrClosed
		}
		c.armed.Store(true)
	}
	return c.Conn.Write(p)
}

func (c *snaredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil && c.armed.Load() {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *snaredConn) CloseWrite() error { return c.Conn.(*net.UnixConn).CloseWrite() }

// openSnared is a client by the engines' sockets, of which one request loses its connection.
func openSnared(t *testing.T, fleet bed.Fleet, s *snare) *Client {
	t.Helper()
	opener := func(_ context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
		return engine.New(engine.Options{Target: target.Text, ExactLogs: true, Open: req, Dial: func(ctx context.Context) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, "unix", strings.TrimPrefix(target.Text, "unix://"))
			if err != nil {
				return nil, core.Errorf(core.KindEngineUnreachable, "%w", err)
			}
			return &snaredConn{Conn: conn, snare: s}, nil
		}})
	}
	req := core.OpenRequest{
		Target: "swarm+" + fleet.Nodes[0].Host, Session: uuid.NewString(), Environ: core.Environ{"PATH": os.Getenv("PATH"), "HOME": t.TempDir()},
		Nodes: map[string]string{fleet.Nodes[1].Name: fleet.Nodes[1].Host, fleet.Nodes[2].Name: fleet.Nodes[2].Host},
	}
	target, err := core.ParseTarget(req.Target)
	if err != nil {
		t.Fatal(err)
	}
	client, err := New(opener)(t.Context(), target, req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client.(*Client)
}

// TestPlacesLoseOneAnswer: a place is reserved once, its GPU locked once, and both are freed, whichever
// answer is lost.
func TestPlacesLoseOneAnswer(t *testing.T) {
	fleet := bed.Load(t).Fleet(t, "fleet-old")
	for _, request := range []string{"POST .*/services/create", "POST .*/containers/create.*name=ml-nexus-go-device", "GET .*/tasks", "DELETE .*/services/", "DELETE .*/containers/"} {
		for side, answered := range map[string]bool{"before": false, "after": true} {
			t.Run(side+" "+request, func(t *testing.T) {
				t.Parallel()
				s := &snare{request: regexp.MustCompile(request), answered: answered}
				c := openSnared(t, fleet, s)
				if got := c.prints(t, []string{"--gpus", "1", "--name", "mlng-fleet-" + uuid.NewString()}, "echo done"); got != "done" {
					t.Errorf("%q", got)
				}
				if !s.sprung.Load() {
					t.Error("no answer was lost")
				}
				c.wantNothingLeft(t, fleet)
			})
		}
	}
}
