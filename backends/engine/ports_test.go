package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// longest bounds what should take a moment, so that a hanging test says where.
const longest = 8 * time.Minute

// forwarded is a port that is being forwarded.
type forwarded struct {
	core.ListeningEvent
	refused chan string
	end     func() error // ends it, and returns why it ended
}

// forwarding begins to forward, until the test's end at the latest.
func forwarding(t *testing.T, e *Engine, req core.ForwardRequest) *forwarded {
	t.Helper()
	f, err := tryForward(t, e, req)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func tryForward(t *testing.T, e *Engine, req core.ForwardRequest) (*forwarded, error) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &forwarded{refused: make(chan string, 1000)}
	ready, ended := make(chan core.ListeningEvent, 1), make(chan error, 1)
	guard.Go(func() {
		ended <- e.Forward(ctx, req, func(event any) {
			switch event := event.(type) {
			case core.ListeningEvent:
				ready <- event
			case core.RefusedEvent:
				f.refused <- event.Message
			}
		})
	}, nil)
	select {
	case f.ListeningEvent = <-ready:
	case err := <-ended:
		cancel()
		return nil, err
	case <-time.After(longest):
		cancel()
		return nil, errors.New("it does not begin")
	}
	var err error
	over := false
	f.end = func() error {
		if !over {
			cancel()
			err, over = <-ended, true
		}
		return err
	}
	t.Cleanup(func() {
		if err := f.end(); core.KindOf(err) != core.KindCancelled && core.KindOf(err) != core.KindClientClosed {
			t.Errorf("it ended with %v", err)
		}
	})
	return f, nil
}

func (f *forwarded) address() (network, address string) {
	if f.Socket != "" {
		return "unix", f.Socket
	}
	return "tcp", net.JoinHostPort(f.Host, strconv.Itoa(f.Port))
}

func (f *forwarded) dial() (conn net.Conn, err error) {
	network, address := f.address()
	conn, err = net.Dial(network, address)
	if err == nil {
		_ = conn.SetDeadline(time.Now().Add(longest))
	}
	return conn, err
}

// ask sends something and returns the whole answer.
func (f *forwarded) ask(question string) (string, error) {
	conn, err := f.dial()
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, question)
	_ = conn.(interface{ CloseWrite() error }).CloseWrite()
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

func (f *forwarded) wantAnswer(t *testing.T, question, want string) {
	t.Helper()
	if answer, err := f.ask(question); err != nil || answer != want {
		t.Errorf("got %q, %v, want %q", answer, err, want)
	}
}

// wantRefusal: connections are closed without a word, and f tells why.
func (f *forwarded) wantRefusal(t *testing.T, why string) {
	t.Helper()
	if answer, err := f.ask(""); err == nil || answer != "" {
		t.Errorf("got %q, %v", answer, err)
	}
	select {
	case said := <-f.refused:
		if !strings.Contains(said, why) {
			t.Errorf("it says %q, not %q", said, why)
		}
	case <-time.After(longest):
		t.Error("it does not say why")
	}
}

// served serves connections until the listener is closed: it answers with a word and what came.
func served(l net.Listener, word string) {
	guard.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			guard.Go(func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.WriteString(conn, word)
				_, _ = io.Copy(conn, conn)
			}, nil)
		}
	}, nil)
}

func pid(t testing.TB, e *Engine, name string) int {
	t.Helper()
	info, err := e.api.ContainerInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Pid
}

// serverIn runs a container with a server at its own 127.0.0.1.
func serverIn(t *testing.T, e *Engine, word string, options ...string) (name string, port int) {
	t.Helper()
	name = runFor(t, e, append([]string{"-d"}, options...), "sleep", "600")
	l := bed.ListenInside(t, pid(t, e, name), "tcp4", "127.0.0.1:0")
	served(l, word)
	return name, l.Addr().(*net.TCPAddr).Port
}

// helpers are the helper containers of a client.
func helpers(t *testing.T, e *Engine) []container.Summary {
	t.Helper()
	found, err := e.api.ContainerList(t.Context(), container.ListOptions{All: true, Filters: labelFilter("ml-nexus-go.host-agent", "1")})
	if err != nil {
		t.Fatal(err)
	}
	var own []container.Summary
	for _, c := range found {
		if c.Labels[LabelSession] == e.opts.Open.Session {
			own = append(own, c)
		}
	}
	return own
}

// TestForwardMovesBytes exactly, in both directions at once, over many connections at once.
func TestForwardMovesBytes(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name, port := serverIn(t, e, "hello ")
		f := forwarding(t, e, core.ForwardRequest{Container: name, Port: port})
		if f.Host != "127.0.0.1" || f.Port == 0 || f.Socket != "" {
			t.Errorf("%+v", f.ListeningEvent)
		}
		f.wantAnswer(t, "you", "hello you")
		sent := make([]byte, 32<<20)
		_, _ = rand.Read(sent)
		conn, err := f.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		guard.Go(func() {
			_, _ = conn.Write(sent)
			_ = conn.(*net.TCPConn).CloseWrite()
		}, nil)
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, append([]byte("hello "), sent...)) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		const many = 200
		err = guard.Each(t.Context(), many, many, func(i int) error {
			question := strconv.Itoa(i)
			answer, err := f.ask(question)
			if err == nil && answer != "hello "+question {
				err = fmt.Errorf("%d: got %q", i, answer)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := f.end(); core.KindOf(err) != core.KindCancelled {
			t.Errorf("it ended with %v", err)
		}
		if left := helpers(t, e); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
		if _, err := f.dial(); err == nil {
			t.Error("it still listens")
		}
	})
}

// TestForwardHasNoRights: its helper container is nobody's, with nothing of the host.
func TestForwardHasNoRights(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name, port := serverIn(t, e, "", "--userns=host")
		forwarding(t, e, core.ForwardRequest{Container: name, Port: port})
		all := helpers(t, e)
		if len(all) != 1 {
			t.Fatalf("there are %d helpers", len(all))
		}
		info, err := e.api.ContainerInspect(t.Context(), all[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		c, h := info.Config, info.HostConfig
		if c.User != "65534:65534" || len(c.Volumes) > 0 || c.Labels[LabelAttached] != "1" || c.Labels[LabelRemove] != "1" {
			t.Errorf("%+v", c)
		}
		if len(h.CapAdd) > 0 || fmt.Sprint(h.CapDrop) != "[ALL]" || fmt.Sprint(h.SecurityOpt) != "[no-new-privileges]" || h.Privileged {
			t.Errorf("%v %v %v", h.CapAdd, h.CapDrop, h.SecurityOpt)
		}
		if len(h.Binds)+len(h.Mounts)+len(info.Mounts)+len(h.Devices)+len(h.DeviceRequests) > 0 || !h.ReadonlyRootfs || !h.AutoRemove {
			t.Errorf("%+v", h)
		}
		if h.LogConfig.Type != "none" || !h.NetworkMode.IsContainer() || h.PidMode != "" || h.UsernsMode != "host" {
			t.Errorf("%v %v %v %v", h.LogConfig, h.NetworkMode, h.PidMode, h.UsernsMode)
		}
	})
}

// TestForwardRefuses before anything was made, and says why.
func TestForwardRefuses(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name, port := serverIn(t, e, "hello")
		stopped := runFor(t, e, nil, "true")
		onHost := runFor(t, e, []string{"-d", "--network=host"}, "sleep", "600")
		through := runFor(t, e, []string{"-d", "--network=container:" + onHost}, "sleep", "600")
		taken, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = taken.Close() }()
		takenPort := taken.Addr().(*net.TCPAddr).Port
		folder := t.TempDir()
		for label, c := range map[string]struct {
			req  core.ForwardRequest
			kind core.Kind
			says string
		}{
			"stopped":          {core.ForwardRequest{Container: stopped, Port: port}, core.KindContainerNotRunning, "start it first"},
			"missing":          {core.ForwardRequest{Container: "mlng-none", Port: port}, core.KindContainerNotFound, "mlng-none"},
			"no port":          {core.ForwardRequest{Container: name}, core.KindInvalidArgument, "1 to 65535"},
			"a high port":      {core.ForwardRequest{Container: name, Port: 65536}, core.KindInvalidArgument, "1 to 65535"},
			"in use":           {core.ForwardRequest{Container: name, Port: port, LocalPort: takenPort}, core.KindConflict, "choose another local port"},
			"no folder":        {core.ForwardRequest{Container: name, Port: port, LocalSocket: folder + "/none/s"}, core.KindPathNotFound, "folder"},
			"a path in use":    {core.ForwardRequest{Container: name, Port: port, LocalSocket: folder}, core.KindConflict, "exists"},
			"a long path":      {core.ForwardRequest{Container: name, Port: port, LocalSocket: folder + "/" + strings.Repeat("s", 200)}, core.KindInvalidArgument, "100 bytes"},
			"a socket's file":  {core.ForwardRequest{Container: name, Socket: "/run/s"}, core.KindInvalidArgument, "abstract"},
			"two places":       {core.ForwardRequest{Container: name, Port: port, LocalPort: 1, LocalSocket: "/s"}, core.KindInvalidArgument, "not both"},
			"nothing to reach": {core.ForwardRequest{Container: name, Reverse: true}, core.KindInvalidArgument, "the local port"},
			"the host's":       {core.ForwardRequest{Container: onHost, Port: port}, core.KindInvalidArgument, "host_network"},
			"through another":  {core.ForwardRequest{Container: through, Port: port}, core.KindInvalidArgument, "host_network"},
			"taken inside":     {core.ForwardRequest{Container: name, Port: port, LocalPort: takenPort, Reverse: true}, core.KindConflict, "choose another port"},
		} {
			_, err := tryForward(t, e, c.req)
			if core.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: got %v", label, err)
			}
		}
		if left := helpers(t, e); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
		for _, shared := range []string{onHost, through} {
			l := bed.ListenInside(t, pid(t, e, shared), "tcp4", "127.0.0.1:0")
			served(l, "the host")
			f := forwarding(t, e, core.ForwardRequest{Container: shared, Port: l.Addr().(*net.TCPAddr).Port, HostNetwork: true})
			f.wantAnswer(t, "", "the host")
		}
	})
}

// TestForwardToNobody closes connections at once, until somebody listens.
func TestForwardToNobody(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name := runFor(t, e, []string{"-d", "--network=none"}, "sleep", "600")
		f := forwarding(t, e, core.ForwardRequest{Container: name, Port: 8888})
		f.wantRefusal(t, "nobody listens at 127.0.0.1:8888 in container "+name)
		served(bed.ListenInside(t, pid(t, e, name), "tcp4", "127.0.0.1:8888"), "hello")
		f.wantAnswer(t, "", "hello")
	})
}
