package ssh

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/events"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// happened collects the lines of an events call.
type happened struct {
	t      *testing.T
	block  chan struct{} // if set, a Write waits until it is closed
	mu     sync.Mutex
	lines  []string // the new names of containers, and the reasons of gaps
	gaps   []core.EventGap
	change chan struct{}
	end    func()
	done   chan error
}

// watch starts an events call about one container, or all if there is no name.
func watch(t *testing.T, client core.DockerClient, filters map[string][]string, block chan struct{}) *happened {
	t.Helper()
	ctx, cancel := context.WithCancel(timeout(t))
	h := &happened{t: t, block: block, change: make(chan struct{}, 1), end: cancel, done: make(chan error, 1)}
	go func() { h.done <- client.Events(ctx, core.EventsRequest{Filters: filters}, core.Streams{Stdout: h}) }()
	return h
}

// Write implements io.Writer.
func (h *happened) Write(p []byte) (int, error) {
	if h.block != nil {
		<-h.block
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for line := range bytes.Lines(p) {
		var one struct {
			Event events.Message
			Gap   *core.EventGap
		}
		if err := json.Unmarshal(line, &one); err != nil {
			h.t.Errorf("%v in %.200s", err, line)
		}
		if one.Gap != nil {
			h.gaps = append(h.gaps, *one.Gap)
			h.lines = append(h.lines, one.Gap.Reason)
		} else {
			h.lines = append(h.lines, one.Event.Actor.Attributes["name"])
		}
	}
	select {
	case h.change <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (h *happened) names() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.lines)
}

// until waits for a container's new name, and returns everything up to then.
func (h *happened) until(name string) []string {
	h.t.Helper()
	ctx := timeout(h.t)
	for {
		if names := h.names(); slices.Contains(names, name) {
			return names
		}
		select {
		case <-h.change:
		case err := <-h.done:
			h.t.Fatalf("the events ended with %v after %v", err, h.names())
		case <-ctx.Done():
			h.t.Fatalf("no %s in %v", name, h.names())
		}
	}
}

// renamer makes as many events as a test needs: it gives a container one name after another.
type renamer struct {
	t    *testing.T
	e    *engine.Engine
	id   string
	name string
	at   int
}

func newRenamer(t *testing.T, e *engine.Engine, options ...string) *renamer {
	t.Helper()
	name := runName(t, e)
	made, err := e.Create(t.Context(), core.CreateContainerRequest{Image: "mlng-busybox", Options: append(options, "--name", name)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeContainer(t, e, made.ID) })
	return &renamer{t: t, e: e, id: made.ID, name: name}
}

func (r *renamer) filters() map[string][]string {
	return map[string][]string{"container": {r.id}, "event": {"rename"}}
}

// rename gives the container n more names, and returns the last one.
func (r *renamer) rename(n int) string {
	r.t.Helper()
	for range n {
		r.at++
		if err := r.e.API().ContainerRename(r.t.Context(), r.id, r.named(r.at)); err != nil {
			r.t.Fatal(err)
		}
	}
	return r.named(r.at)
}

func (r *renamer) named(i int) string { return fmt.Sprintf("%s-%d", r.name, i) }

// all are the names from the first to the last given, but for those in between.
func (r *renamer) all(from, to int) (names []string) {
	for i := from; i <= to; i++ {
		names = append(names, r.named(i))
	}
	return names
}

// subscribed renames until events arrive, and returns the number of the first one that did.
func (r *renamer) subscribed(h *happened) int {
	r.t.Helper()
	for ctx := timeout(r.t); len(r.renames(h.names())) == 0; {
		if ctx.Err() != nil {
			r.t.Fatal("no event arrives")
		}
		r.rename(1)
	}
	h.until(r.named(r.at))
	return slices.Index(r.all(1, r.at), r.renames(h.names())[0]) + 1
}

// renames are the new names of the container, and the gaps. Not its first name: what happened
// a moment before a call, as long as the engine takes to say what time it is, may be told by
// it. Nor what happens to others, such as the image that another client's agent leaves behind.
func (r *renamer) renames(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, r.name+"-") && name != core.GapNotKept && name != core.GapSlowReader
	})
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d lines, want %d; from number %d on they are %q, want %q", len(got), len(want), i, got[i:min(i+3, len(got))], want[i:min(i+3, len(want))])
		}
	}
}

// victim is an engine of the test's own, and a client of it behind a proxy.
func victim(t *testing.T) (*Client, *proxy, *engine.Engine) {
	t.Helper()
	return alone(t, "engine-victim")
}

// alone is an engine whose events are the test's own: an engine keeps the last 256 only.
func alone(t *testing.T, part string) (*Client, *proxy, *engine.Engine) {
	t.Helper()
	bed.Alone(t, part)
	state := bed.Load(t)
	on := state.Engine(t, part)
	client, p := clientBehind(t, state, state.SSHD(t, "sshd").Port, on, nil)
	return client, p, direct(t, on)
}

// TestEventsThroughALostConnection loses the connection while things happen: with filters and
// without, all come, once each and in order, as long as the engine keeps them.
func TestEventsThroughALostConnection(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"engine-victim", "engine-old2"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			client, p, e := alone(t, part)
			throughLosses(t, client, p, e)
		})
	}
}

func throughLosses(t *testing.T, client *Client, p *proxy, e *engine.Engine) {
	r := newRenamer(t, e)
	all := watch(t, client, nil, nil)
	ours := watch(t, client, r.filters(), nil)
	firsts := []int{r.subscribed(all), r.subscribed(ours)}
	for range 3 {
		r.rename(3)
		p.cut()
		waitDown(t, client.host)
		r.rename(50)
		p.mend()
		r.rename(3)
	}
	last := r.rename(1)
	for i, h := range []*happened{all, ours} {
		equal(t, r.renames(h.until(last)), r.all(firsts[i], r.at))
		h.end()
		if err := <-h.done; core.KindOf(err) != core.KindCancelled {
			t.Errorf("ended with %v", err)
		}
	}
}

// TestEventsBeyondWhatTheEngineKeeps has a gap in the place of what is lost, and then all that
// the engine still has.
func TestEventsBeyondWhatTheEngineKeeps(t *testing.T) {
	t.Parallel()
	client, p, e := victim(t)
	r := newRenamer(t, e)
	h := watch(t, client, r.filters(), nil)
	first := r.subscribed(h)
	p.cut()
	waitDown(t, client.host)
	before := r.at
	last := r.rename(300)
	p.mend()
	got := h.until(last)
	kept := r.all(r.at-255, r.at)
	equal(t, got, slices.Concat(r.all(first, before), []string{core.GapNotKept}, kept))
	if len(h.gaps) != 1 || h.gaps[0].Since >= h.gaps[0].Until || h.gaps[0].Lost != -1 {
		t.Errorf("gaps %+v", h.gaps)
	}
}

// TestEventsOfARestartedEngine has a gap: what an engine knew of events is lost with it.
func TestEventsOfARestartedEngine(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"restart", "kill"} {
		t.Run(action, func(t *testing.T) {
			client, _, e := victim(t)
			r := newRenamer(t, e)
			h := watch(t, client, r.filters(), nil)
			first := r.subscribed(h)
			before := r.at
			bed.Control(t, root, action, "engine-victim")
			if action == "kill" {
				bed.Control(t, root, "start", "engine-victim")
			}
			last := r.rename(2)
			equal(t, h.until(last), slices.Concat(r.all(first, before), []string{core.GapNotKept}, r.all(before+1, r.at)))
		})
	}
}

// TestEventsAfterAStart loses the connection before the engine has any event: nothing is missing.
func TestEventsAfterAStart(t *testing.T) {
	t.Parallel()
	client, p, e := victim(t)
	r := newRenamer(t, e)
	bed.Control(t, root, "restart", "engine-victim")
	ctx := timeout(t)
	if _, err := client.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	h := watch(t, client, r.filters(), nil)
	awaitListener(t, e, true)
	p.cut()
	waitDown(t, client.host)
	r.rename(2)
	p.mend()
	equal(t, h.until(r.rename(1)), r.all(1, 3))
}

// awaitListener waits until somebody listens to the engine's events, or nobody.
func awaitListener(t *testing.T, e *engine.Engine, somebody bool) {
	t.Helper()
	ctx := timeout(t)
	for {
		info, err := e.API().Info(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if (info.NEventsListener > 0) == somebody {
			return
		}
	}
}

// TestEventsForASlowReader reads nothing while many large events happen: memory stays flat, and
// a gap stands for what did not fit.
func TestEventsForASlowReader(t *testing.T) {
	t.Parallel()
	_, _, e := victim(t)
	r := newRenamer(t, e, "--label", "large="+strings.Repeat("x", 100_000))
	awaitListener(t, e, false) // of the test before
	block := make(chan struct{})
	h := watch(t, e, r.filters(), block)
	awaitListener(t, e, true)
	late := watch(t, e, r.filters(), nil)
	late.until(r.rename(120)) // 12 MB, and the other call has read all of it too
	close(block)
	h.until(core.GapSlowReader)
	got := h.until(r.rename(1))
	at := slices.Index(got, core.GapSlowReader)
	if at < 20 || at > 90 || len(h.gaps) != 1 {
		t.Fatalf("the gap %+v is at %d of %d events", h.gaps, at, r.at)
	}
	equal(t, got, slices.Concat(r.all(1, at), []string{core.GapSlowReader}, r.all(at+int(h.gaps[0].Lost)+1, r.at)))
}

// TestEventsLoseAnswers cuts each request of an events call, several times.
func TestEventsLoseAnswers(t *testing.T) {
	bothSides(t, []string{"GET .*/events", "GET .*/info", "GET .*/(events|info)"}, func(t *testing.T, request string, answered bool) {
		often := int64(1)
		if strings.Contains(request, "|") {
			often = 5
		}
		const part = "engine-victim" // where nothing else happens: an engine keeps the last 256 events only
		bed.Alone(t, part)
		client, lost, e := trappedOn(t, part, request, answered, often)
		r := newRenamer(t, e)
		h := watch(t, client, r.filters(), nil)
		first := r.subscribed(h)
		lost.await(t, nil)
		equal(t, h.until(r.rename(5)), r.all(first, r.at))
	})
}
