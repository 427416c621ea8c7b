package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// echoIn runs a container with a server at its own 127.0.0.1, which answers with what comes.
func echoIn(t testing.TB, e *engine.Engine) (name string, port int) {
	t.Helper()
	name = "mlng-test-" + uuid.NewString()
	run, err := e.Run(t.Context(), core.RunRequest{
		Image: "mlng-busybox", Command: core.Command{Text: "sleep 600"}, Options: []string{"-d", "--name", name},
	}, core.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeContainer(t, e, name) })
	info, err := e.API().ContainerInspect(t.Context(), run.ContainerID)
	if err != nil {
		t.Fatal(err)
	}
	l := bed.ListenInside(t, info.State.Pid, "tcp4", "127.0.0.1:0")
	guard.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			guard.Go(func() {
				_, _ = io.Copy(conn, conn)
				_ = conn.Close()
			}, nil)
		}
	}, nil)
	return name, l.Addr().(*net.TCPAddr).Port
}

// forwarding begins to forward, until the test's end.
func forwarding(t testing.TB, client core.Ports, req core.ForwardRequest) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan core.ListeningEvent, 1), make(chan error, 1)
	guard.Go(func() {
		ended <- client.Forward(ctx, req, func(event any) {
			if at, ok := event.(core.ListeningEvent); ok {
				ready <- at
			}
		})
	}, nil)
	t.Cleanup(func() {
		cancel()
		if err := <-ended; core.KindOf(err) != core.KindCancelled {
			t.Errorf("it ended with %v", err)
		}
	})
	select {
	case at := <-ready:
		return fmt.Sprintf("%s:%d", at.Host, at.Port)
	case err := <-ended:
		ended <- errors.Join(err)
		t.Fatal(err)
	case <-time.After(longest):
		t.Fatal("it does not begin")
	}
	return ""
}

// TestForwardLosesOneAnswer cuts a forwarding at each of its requests: it begins all the same, and
// of what was made for it nothing is left but its helper, and in the end nothing.
func TestForwardLosesOneAnswer(t *testing.T) {
	keepAgent(t)
	requests := []string{"GET .*/containers/.*/json", "/containers/create", "/attach", "POST .*/start", "GET .*/events", "DELETE "}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, port := echoIn(t, e)
		t.Run("forward", func(t *testing.T) { // its end is the forwarding's
			at := forwarding(t, client, core.ForwardRequest{Container: name, Port: port})
			wantEcho(t, at)
			if request != "DELETE " {
				lost.await(t, nil)
				wantEcho(t, at)
			}
			for until := time.Now().Add(longest); len(helpersOf(t, e, name)) != 1; {
				if time.Now().After(until) {
					t.Fatalf("the helpers are %v", helpersOf(t, e, name))
				}
			}
		})
		lost.await(t, nil)
		for until := time.Now().Add(longest); len(helpersOf(t, e, name)) > 0; {
			if time.Now().After(until) {
				t.Fatalf("%v is left", helpersOf(t, e, name))
			}
		}
	})
}

// helpersOf lists the agents in the network of a container.
func helpersOf(t *testing.T, e *engine.Engine, name string) (ids []string) {
	t.Helper()
	info, err := e.API().ContainerInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range labelled(t, e, "ml-nexus-go.host-agent=1") {
		// One may go meanwhile.
		helper, err := e.API().ContainerInspect(t.Context(), id)
		if err == nil && string(helper.HostConfig.NetworkMode) == "container:"+info.ID {
			ids = append(ids, id)
		}
	}
	return ids
}

func wantEcho(t *testing.T, at string) {
	t.Helper()
	var err error
	// A connection that was under way when the connection to the engine was lost is reset.
	for range 3 {
		var got []byte
		if got, err = echoed(at); err == nil && string(got) == "hello" {
			return
		}
	}
	t.Errorf("no connection works: %v", err)
}

func echoed(at string) ([]byte, error) {
	conn, err := net.Dial("tcp4", at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(longest))
	_, _ = io.WriteString(conn, "hello")
	_ = conn.(*net.TCPConn).CloseWrite()
	return io.ReadAll(conn)
}
