package engine

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// An engine waits for the readers of a process that has ended, and old engines hold the
// container's lock meanwhile: while a reader reads nothing, the engine answers neither the
// request that ended the process nor any other about that container. So a signal lets
// through what a process has left behind, whether or not its reader asks for it.

// Times after which a signal has reached such a process.
const (
	signalArrives = 250 * time.Millisecond
	endFollows    = time.Second      // after a signal that nothing survives
	stopTimeout   = 10 * time.Second // the engine's own
)

// attachedOutputs are the outputs of the current runs and execs.
type attachedOutputs struct {
	mu  sync.Mutex
	all map[*attachedOutput]struct{}
}

// attachedOutput is one of them. The container's name is as the caller wrote it.
type attachedOutput struct {
	id, name   string // of the container; one may be unknown
	mark       string // of an exec
	durable    bool   // it may be read again, so nothing of it is dropped
	letThrough func(drop bool)
}

// add remembers an output until the returned function is called. If ctx ends first (a time
// limit, a closed client), its reader is no longer waited for: otherwise the output could
// not end.
func (a *attachedOutputs) add(ctx context.Context, output attachedOutput, s core.Streams) (remove func()) {
	if output.letThrough = s.LetThrough; s.LetThrough == nil {
		return func() {}
	}
	stop := guard.OnDone(ctx, func() { s.LetThrough(!output.durable) })
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[*attachedOutput]struct{}{}
	}
	a.all[&output] = struct{}{}
	return func() {
		stop()
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.all, &output)
	}
}

func (a *attachedOutputs) those(chosen func(*attachedOutput) bool) (found []*attachedOutput, others bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for output := range a.all {
		if chosen(output) {
			found = append(found, output)
		} else {
			others = true
		}
	}
	return found, others
}

// signalled is the target of a signal, and what is known about its effect.
type signalled struct {
	container string
	mark      string        // of an exec; "" means all processes of the container
	deadly    bool          // nothing survives the request
	after     time.Duration // nor this time after it was sent; less than 0: it may take any time
}

// signalling sends a request that signals processes, and makes sure that no reader of their
// outputs blocks the answer.
func (e *Engine) signalling(ctx context.Context, to signalled, request func(ctx context.Context) error) error {
	if _, others := e.outputs.those(func(*attachedOutput) bool { return false }); !others {
		return request(ctx)
	}
	answered, over := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Add(1)
	guard.Go(func() {
		defer watching.Done()
		if session.Sleep(answered, signalArrives) != nil {
			return
		}
		e.letThrough(answered, to, false)
		if to.deadly && to.after >= 0 && session.Sleep(answered, to.after+endFollows) == nil {
			e.letThrough(answered, to, true)
		}
	}, nil)
	err := request(ctx)
	over()
	watching.Wait()
	if err == nil {
		e.letThrough(ctx, to, to.deadly)
	}
	return err
}

// letThrough lets the outputs of signalled processes through.
func (e *Engine) letThrough(ctx context.Context, to signalled, drop bool) {
	found, others := e.outputs.those(func(o *attachedOutput) bool {
		if to.mark != "" {
			return o.mark == to.mark
		}
		return o.isOf(to.container, []string{to.container})
	})
	if others && to.mark == "" {
		// One container may be called by its name here and by its ID there.
		if id, names := e.allNames(ctx, to.container); id != "" {
			found, _ = e.outputs.those(func(o *attachedOutput) bool { return o.isOf(id, names) })
		}
	}
	for _, output := range found {
		output.letThrough(drop)
	}
}

// isOf reports whether an output comes from the container with this ID, or with one of
// these names. The output may know only the beginning of the ID.
func (o *attachedOutput) isOf(id string, names []string) bool {
	return beginsID(o.id, id) || beginsID(id, o.name) || o.name != "" && slices.Contains(names, o.name)
}

// beginsID reports whether a text is the beginning of a whole ID, and long enough to be
// unique: at least the short ID that docker prints.
func beginsID(id, text string) bool {
	return wholeID.MatchString(id) && len(text) >= len(containerinfo.ShortID(id)) && strings.HasPrefix(id, text)
}

var wholeID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// allNames returns a container's ID and its names. It asks for the list, which engines
// return even while they cannot inspect the container itself.
func (e *Engine) allNames(ctx context.Context, name string) (id string, names []string) {
	ctx, cancel := context.WithTimeout(ctx, session.SilentTime)
	defer cancel()
	for _, by := range []string{"id", "name"} {
		list, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg(by, name))})
		if err != nil {
			return "", nil
		}
		for _, c := range list {
			names = nil
			for _, n := range c.Names {
				names = append(names, strings.TrimPrefix(n, "/"))
			}
			if slices.Contains(names, name) || strings.HasPrefix(c.ID, name) {
				return c.ID, names
			}
		}
	}
	return "", nil
}
