package engine

import (
	"context"
	"net"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// onEngines runs a test over the old and the current engine, at the same time.
func onEngines(t *testing.T, test func(t *testing.T, e *Engine, on bed.Engine)) {
	t.Helper()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			keepAgent(t, on)
			test(t, openEngine(t, on), on)
		})
	}
}

// onOwnEngines runs a test over an old and a current engine that no other test works with
// meanwhile, at the same time: what is about an engine's images concerns all its clients.
func onOwnEngines(t *testing.T, test func(t *testing.T, e *Engine, on bed.Engine)) {
	t.Helper()
	for _, part := range []string{"engine-old2", "engine-victim"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			bed.Alone(t, part)
			on := bed.Load(t).Engine(t, part)
			test(t, openEngine(t, on), on)
		})
	}
}

func openEngine(t testing.TB, on bed.Engine) *Engine {
	t.Helper()
	return openEngineBy(t, on, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", on.Socket)
	})
}

// patient is what to open an engine with that may be as busy as this machine, and is there again.
func patient(on bed.Engine) core.OpenRequest {
	return core.OpenRequest{
		Target: on.Host, Environ: core.Environ{}, Session: uuid.NewString(),
		ConnectTimeoutSeconds: longest.Seconds(), ReconnectTimeoutSeconds: longest.Seconds(),
	}
}

func openEngineBy(t testing.TB, on bed.Engine, dial func(context.Context) (net.Conn, error)) *Engine {
	t.Helper()
	e, err := New(Options{
		Target: on.Host, DaemonHost: on.Host, Dial: dial,
		Open: patient(on),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// runFor runs a container that is removed with the test, and gives its name.
func runFor(t testing.TB, e *Engine, options []string, command ...string) string {
	t.Helper()
	name := "mlng-test-" + uuid.NewString()
	_, err := e.Run(t.Context(), core.RunRequest{
		Image: "mlng-busybox", Command: core.Command{Argv: command}, Options: append(options, "--name", name),
	}, core.Streams{})
	t.Cleanup(func() { removeNow(t, e, name) })
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func removeNow(t testing.TB, e *Engine, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	err := e.Remove(ctx, core.RemoveRequest{Container: name, Force: true, Volumes: true})
	if err != nil && core.KindOf(err) != core.KindContainerNotFound {
		t.Errorf("%s stays behind: %v", name, err)
	}
}
