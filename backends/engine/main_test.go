package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// kept has, by engine, what lets go of the agent's image.
var kept = struct {
	sync.Mutex
	release map[string]func() error
}{release: map[string]func() error{}}

func TestMain(m *testing.M) {
	code := m.Run()
	for name, release := range kept.release {
		if err := release(); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
			code = 1
		}
	}
	os.Exit(code)
}

// keepAgent makes an engine that tests share keep the agent's image until the last test has
// ended. A client that is closed removes it, unless a container is made of it: then the
// next test would bring it again.
func keepAgent(t *testing.T, on bed.Engine) {
	t.Helper()
	kept.Lock()
	defer kept.Unlock()
	if kept.release[on.Name] != nil {
		return
	}
	release, err := holdAgent(on)
	if err != nil {
		t.Fatal(err)
	}
	kept.release[on.Name] = release
}

func holdAgent(on bed.Engine) (release func() error, err error) {
	e, err := New(Options{
		Target: on.Host, DaemonHost: on.Host, Open: patient(on),
		Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", on.Socket)
		},
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	if err := e.session.Negotiate(ctx); err != nil {
		return nil, err
	}
	id, err := e.agents.FileContainer(ctx, []string{"serve"}, agent.BindReadOnly(os.TempDir(), agent.Folder))
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), longest)
		defer cancel()
		return errors.Join(e.agents.Remove(ctx, id), e.Close())
	}, err
}
