package swarm

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/local"
	"github.com/proboscis/ml_nexus_go/backends/ssh"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// patience bounds what should take a moment, so that a hanging test says where.
const patience = 8 * time.Minute

const busybox = "mlng-busybox"

// engines opens the clients of single engines.
func engines(ctx context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
	if target.Scheme == core.SchemeSSH {
		return ssh.Open(ctx, target, req)
	}
	return local.New(nil)(ctx, target, req)
}

func open(t testing.TB, req core.OpenRequest) *Client {
	t.Helper()
	target, err := core.ParseTarget(req.Target)
	if err != nil {
		t.Fatal(err)
	}
	req.Session = uuid.NewString()
	if req.Environ == nil {
		req.Environ = core.Environ{"PATH": os.Getenv("PATH"), "HOME": t.TempDir()}
	}
	client, err := New(engines)(t.Context(), target, req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client.(*Client)
}

// onFleets runs a test with a client of each fleet: a manager and its nodes over SSH.
func onFleets(t *testing.T, test func(t *testing.T, c *Client, fleet bed.Fleet)) {
	for _, name := range []string{"fleet-new", "fleet-old"} {
		t.Run(name, func(t *testing.T) {
			fleet := bed.Load(t).Fleet(t, name)
			test(t, open(t, overSSH(fleet)), fleet)
		})
	}
}

// onFleetAlone runs a test of what needs all of a fleet.
func onFleetAlone(t *testing.T, name string, test func(t *testing.T, c *Client, fleet bed.Fleet)) {
	t.Run(name, func(t *testing.T) {
		fleet := bed.Load(t).FleetAlone(t, name)
		test(t, open(t, overSSH(fleet)), fleet)
	})
}

func overSSH(fleet bed.Fleet) core.OpenRequest {
	return core.OpenRequest{Target: "swarm://" + fleet.Nodes[0].Name, SSH: core.SSHRequest{ConfigFile: fleet.Nodes[0].SSH.SSHConfig}}
}

// name is a container's name that nobody else has. What has it is removed at the end.
func (c *Client) name(t *testing.T) string {
	t.Helper()
	name := "mlng-fleet-" + uuid.NewString()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := c.Remove(ctx, core.RemoveRequest{Container: name, Force: true, Volumes: true})
		for core.KindOf(err) == core.KindEngineUnreachable && session.Sleep(ctx, 100*time.Millisecond) == nil { // a node is coming back
			err = c.Remove(ctx, core.RemoveRequest{Container: name, Force: true, Volumes: true})
		}
		if err != nil && core.KindOf(err) != core.KindContainerNotFound {
			t.Errorf("%s stays behind: %v", name, err)
		}
	})
	return name
}

// sleeper is a detached run of a container that ends when it is told to.
func (c *Client) sleeper(ctx context.Context, name string, options ...string) error {
	_, err := c.Run(ctx, core.RunRequest{
		Image: busybox, Options: append([]string{"-d", "--init=false", "--name", name}, options...),
		Command: core.Command{Argv: []string{"sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"}},
	}, core.Streams{})
	return err
}

func (c *Client) prints(t *testing.T, options []string, script string) string {
	t.Helper()
	var out bytes.Buffer
	result, err := c.Run(t.Context(), core.RunRequest{
		Image: busybox, Options: append([]string{"--rm"}, options...), Command: core.Command{Argv: []string{"sh", "-c", script}},
	}, core.Streams{Stdout: &out, Stderr: &out})
	if err != nil || result.ExitCode != 0 {
		t.Fatalf("%+v, %v: %s", result, err, out.String())
	}
	return strings.TrimSpace(out.String())
}

// nodeOf returns the node that the fleet says a container is on.
func (c *Client) nodeOf(t *testing.T, name string) string {
	t.Helper()
	raw, err := c.Containers(t.Context(), core.ContainerListRequest{All: true, Filters: map[string][]string{"name": {name}}})
	var listed []struct {
		Node  string
		Names []string
	}
	if err != nil || json.Unmarshal(raw, &listed) != nil || len(listed) != 1 {
		t.Fatalf("%s: %v, %s", name, err, raw)
	}
	return listed[0].Node
}

func wantKind(t *testing.T, err error, kind core.Kind, says ...string) {
	t.Helper()
	if core.KindOf(err) != kind {
		t.Errorf("got %s (%v); want %s", core.KindOf(err), err, kind)
		return
	}
	for _, words := range says {
		if err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not in %v", words, err)
		}
	}
}

// goes runs something beside the test, which awaits the result.
func goes[T any](do func() T) <-chan T {
	done := make(chan T, 1)
	guard.Go(func() { done <- do() }, func(p *guard.Panic) { panic(string(p.Stack)) })
	return done
}

func await[T any](t *testing.T, events <-chan T, what string) (value T) {
	t.Helper()
	select {
	case value = <-events:
	case <-time.After(patience):
		t.Fatalf("%s did not come within %s", what, patience)
	}
	return value
}
