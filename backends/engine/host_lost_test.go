package engine

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// cutter is a way to an engine whose connections can be cut, all at once.
type cutter struct {
	socket string
	mu     sync.Mutex
	open   []net.Conn
}

func (c *cutter) dial(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.socket)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open = append(c.open, conn)
	}
	return conn, err
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.open = nil
}

func TestHostConnectionLost(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		for _, size := range []int{3 << 20, 16 << 20} {
			t.Run(on.Name, func(t *testing.T) {
				line := &cutter{socket: on.Socket}
				e, err := New(Options{Target: on.Host, Dial: line.dial, Open: patient(on)})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = e.Close() })
				source, base := t.TempDir(), t.TempDir()
				for _, name := range []string{"a", "b", "c", "d"} {
					someFile(t, source, name, size)
				}
				cuts := 0
				report, err := e.Sync(t.Context(), core.SyncRequest{Source: source, Destination: base + "/d", Progress: true}, func(p core.Progress) {
					if cuts < 2 && p.Done > 0 {
						cuts++
						line.cut()
					}
				})
				if err != nil || cuts == 0 {
					t.Fatalf("%+v, %v, %d cuts", report, err, cuts)
				}
				wantNames(t, base, "d", "d/a", "d/b", "d/c", "d/d")
				for _, name := range []string{"a", "b", "c", "d"} {
					want, _ := os.ReadFile(filepath.Join(source, name))
					if got, err := os.ReadFile(filepath.Join(base, "d", name)); err != nil || string(got) != string(want) {
						t.Errorf("%s: %d bytes, %v", name, len(got), err)
					}
				}
				nothingStays(t, e)
			})
		}
	}
}
