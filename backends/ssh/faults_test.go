package ssh

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// fault is what happens to the wire while a run prints its lines.
type fault struct {
	name  string
	lines int
	pause string // between lines, in seconds; none for a run that waits for awaitEnd half-way
	// own gives the run an sshd of its own, which hurt may end.
	own bool
	// silent is a fault that only the silence of the host tells of.
	silent bool
	hurt   func(t *testing.T, c *counted, p *proxy, own *ownSSHD)
}

// deadPeer is how long a host may be silent where that is the fault: a busy one seldom is for so
// long, and a connection that is lost too early costs such a run no more than time.
const deadPeer = 6 * time.Second

var faults = []fault{
	{"reset", 150, "0.02", false, false, func(t *testing.T, c *counted, p *proxy, _ *ownSSHD) {
		c.out.reach(t, 20)
		p.poison("reset_peer", map[string]any{"timeout": 0})
		p.cure("reset_peer")
	}},
	{"ended while down", 100, "", false, false, func(t *testing.T, c *counted, p *proxy, _ *ownSSHD) {
		c.out.reach(t, 20)
		p.cut()
		awaitEnd(t, c)
		p.mend()
	}},
	{"black hole", 300, "0.02", false, true, func(t *testing.T, c *counted, p *proxy, _ *ownSSHD) { blackHole(t, c, p, 2*deadPeer) }},
	{"half-open", 200, "0.02", true, true, func(t *testing.T, c *counted, p *proxy, own *ownSSHD) {
		c.out.reach(t, 20)
		p.poison("timeout", map[string]any{"timeout": 0}) // the end of the connection does not get through, either
		own.kill()
		own.start()
		p.cure("timeout")
	}},
	{"sshd restarted", 200, "0.02", true, false, func(t *testing.T, c *counted, _ *proxy, own *ownSSHD) {
		c.out.reach(t, 20)
		own.kill()
		own.start()
	}},
	{"100 kB/s", 20000, "0", false, false, func(_ *testing.T, _ *counted, p *proxy, _ *ownSSHD) {
		p.poison("bandwidth", map[string]any{"rate": 100})
	}},
	{"300 ms and jitter", 150, "0.02", false, false, func(_ *testing.T, _ *counted, p *proxy, _ *ownSSHD) {
		p.poison("latency", map[string]any{"latency": 150, "jitter": 25}) // in each direction
	}},
	{"cut every second", 300, "0.02", false, false, func(t *testing.T, c *counted, p *proxy, _ *ownSSHD) {
		c.out.reach(t, 20)
		cutEvery(t, c, p, time.Second)
	}},
}

func TestFaults(t *testing.T) {
	state := bed.Load(t)
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			for _, f := range faults {
				t.Run(f.name, func(t *testing.T) {
					t.Parallel()
					f.run(t, state, on)
				})
			}
		})
	}
}

// run runs a container with --rm through the fault: nothing may be lost or come twice,
// and nothing may stay behind.
func (f fault) run(t *testing.T, state bed.State, on bed.Engine) {
	port := state.SSHD(t, "sshd").Port
	var own *ownSSHD
	if f.own {
		own = newSSHD(t, state.SSHD(t, "sshd"))
		port = own.port
	}
	client, p := clientBehind(t, state, port, on, func(r *core.OpenRequest) {
		if f.silent { // an attempt to connect may begin in the silence, too, and is given up
			r.SSH.DeadPeerSeconds, r.ConnectTimeoutSeconds = deadPeer.Seconds(), 30
		}
	})
	name := "mlng-fault-" + uuid.NewString()
	c := startRun(t, client, name, f.lines, f.pause, "--rm")
	f.hurt(t, c, p, own)
	c.whole()
	if s, err := direct(t, on).State(t.Context(), core.ContainerRequest{Container: name}); err != nil || s.Exists {
		t.Errorf("the container stays behind: %+v, %v", s, err)
	}
}

// startRun runs a counting container. It is removed with the test.
func startRun(t testing.TB, client core.DockerClient, name string, lines int, pause string, options ...string) *counted {
	t.Helper()
	return startCounted(t, lines, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Command: counting(lines, pause), Options: append(options, "--name", name)}, s)
	})
}

// awaitEnd lets a run go on and waits for its end, by asking the engine itself.
func awaitEnd(t *testing.T, c *counted) {
	t.Helper()
	id := (<-c.started).ContainerID
	for _, on := range bed.Engines(t) {
		e := direct(t, on)
		if s, err := e.State(timeout(t), core.ContainerRequest{Container: id}); err != nil || !s.Exists {
			continue
		}
		letGo(t, e, id)
		if _, err := e.Wait(timeout(t), core.ContainerRequest{Container: id}); err != nil {
			t.Error(err)
		}
		return
	}
	t.Error("no engine knows the container")
}

func blackHole(t *testing.T, c *counted, p *proxy, long time.Duration) {
	c.out.reach(t, 20)
	p.poison("timeout", map[string]any{"timeout": 0})
	<-time.After(long)
	p.cut()
	p.cure("timeout")
	p.mend()
}

// cutEvery cuts the connection again and again. It is up in between however busy the machine
// is: each time a line comes through.
func cutEvery(t *testing.T, c *counted, p *proxy, period time.Duration) {
	t.Helper()
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
			lines := c.out.lines()
			p.cut()
			p.mend()
			c.goesOn(lines)
		}
	}
}
