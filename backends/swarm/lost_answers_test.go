package swarm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
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

// TestFleetCallsLoseOneAnswer cuts what is asked of managers, and a place that is held: it is taken and
// given back once.
func TestFleetCallsLoseOneAnswer(t *testing.T) {
	fleet := bed.Load(t).Fleet(t, "fleet-new")
	nodes := func(ctx context.Context, c *Client) error {
		nodes, err := c.Nodes(ctx)
		if err == nil && len(nodes) != len(fleet.Nodes) {
			err = fmt.Errorf("%d nodes", len(nodes))
		}
		return err
	}
	place := func(ctx context.Context, c *Client) error {
		place, held, err := c.Reserve(ctx, core.ReserveRequest{GPUs: 1})
		if err != nil {
			return err
		}
		if len(held.GPUs) != 1 {
			err = fmt.Errorf("%+v", held)
		}
		return errors.Join(err, place.Close())
	}
	for request, call := range map[string]func(ctx context.Context, c *Client) error{
		"GET .*/nodes HTTP": nodes,
		"GET .*/tasks":      nodes,
		"GET .*/tasks HTTP": func(ctx context.Context, c *Client) error {
			_, err := c.WaitingRuns(ctx)
			return err
		},
		"POST .*/services/create": place, "DELETE .*/services/": place, "GET .*/info": place,
		"POST .*/containers/create.*name=ml-nexus-go-device": place,
	} {
		for side, answered := range map[string]bool{"before": false, "after": true} {
			t.Run(side+" "+request, func(t *testing.T) {
				t.Parallel()
				s := &snare{request: regexp.MustCompile(request), answered: answered}
				c := openSnared(t, fleet, s)
				if err := call(t.Context(), c); err != nil {
					t.Error(err)
				}
				if !s.sprung.Load() {
					t.Error("no answer was lost")
				}
				c.wantNothingLeft(t, fleet)
			})
		}
	}
}

// TestASyncToANodeGoesOn: the connection to its host is lost in the middle of a file.
func TestASyncToANodeGoesOn(t *testing.T) {
	fleet := bed.Load(t).Fleet(t, "fleet-new")
	node := fleet.Nodes[1]
	way := bed.RelayTo(t, node.Address+":22")
	config := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf("Include %s\nHost mlng-relayed\n HostName 127.0.0.1\n Port %d\n HostKeyAlias %s\n User %s\n IdentityFile %s\n IdentitiesOnly yes\n UserKnownHostsFile %s\n",
		node.SSH.SSHConfig, way.Port, node.Address, node.SSH.User, node.SSH.Key, node.SSH.KnownHosts)
	source := t.TempDir()
	for file, content := range map[string][]byte{config: []byte(text), filepath.Join(source, "file"): bytes.Repeat([]byte("0123456789abcdef"), 1<<20)} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	req := overSSH(fleet)
	req.SSH.ConfigFile, req.Nodes = config, map[string]string{node.Name: "ssh://mlng-relayed"}
	c := open(t, req)
	folder := "mlng-" + uuid.NewString()
	here := filepath.Join(node.Disk, folder)
	t.Cleanup(func() { _ = os.RemoveAll(here) })
	cuts := 0
	report, err := c.Sync(t.Context(), core.SyncRequest{Source: source, Destination: "/srv/" + folder, Node: node.Name, Progress: true}, func(at core.Progress) {
		if at.Done > 4<<20 && cuts == 0 {
			cuts++
			way.Cut()
		}
	})
	info, missing := os.Stat(filepath.Join(here, "file"))
	if err != nil || missing != nil || info.Size() != 16<<20 || report.FilesSent != 1 || cuts != 1 {
		t.Errorf("%+v, %v, %v, %d cuts", report, err, missing, cuts)
	}
}
