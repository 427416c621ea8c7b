package stats

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// AllStats implements core.Stats.
func (r *Reader) AllStats(ctx context.Context, req core.StatsRequest, event func(any)) error {
	wanted, invalid := filterargs.Checked(req.Filters, filterargs.OfContainers...)
	names := make([]string, len(req.Containers))
	for i, name := range req.Containers {
		if invalid == nil {
			names[i], invalid = core.ContainerName(name)
		}
	}
	if invalid == nil && len(names) > 0 && len(req.Filters) > 0 {
		invalid = core.Errorf(core.KindInvalidArgument, "containers are named, and filters are given: give one of the two")
	}
	return r.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		for _, name := range names {
			state, err := r.existing(ctx, name)
			if err != nil {
				return err
			}
			wanted.Add("id", state.ID)
		}
		many := &many{reader: r, wanted: wanted, named: len(names) > 0, event: event, followed: map[string]bool{}, left: make(chan struct{}, 1)}
		return many.follow(ctx)
	})
}

// many follows the containers that run and are wanted.
type many struct {
	reader *Reader
	wanted filters.Args
	named  bool // by their IDs: once they are all removed, none will come
	event  func(any)

	mu       sync.Mutex
	followed map[string]bool // by ID
	group    guard.Group
	left     chan struct{} // gets an item when one is no longer followed
}

// follow returns when nothing is followed any more.
func (m *many) follow(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	err := m.reader.session.Retry(ctx, func(ctx context.Context) error { return m.watch(ctx, end) })
	if err != nil {
		end(err)
	}
	if failed := m.group.Wait(); failed != nil && err == nil {
		err = failed
	}
	return err
}

// settling is how long others may follow a container that started, before all are listed.
const settling = 100 * time.Millisecond

// watch follows each container that starts, until no more can come.
func (m *many) watch(ctx context.Context, end context.CancelCauseFunc) error {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	// The engine answers before it listens; it keeps the last 256 events, and Since makes
	// it send them, so that none is missed.
	messages, failed := m.reader.session.API.Events(listening, events.ListOptions{Since: "1", Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("event", string(events.ActionStart)),
		filters.Arg("event", string(events.ActionDestroy)),
	)})
	for {
		none, err := m.join(ctx, end)
		if err != nil || none {
			return err
		}
		select {
		case <-messages:
		case <-m.left:
		case err := <-failed:
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		case <-ctx.Done():
			return core.ContextError(ctx, "")
		}
		settle(ctx, messages)
	}
}

// settle drops messages that come soon: a list has what all of them say.
func settle(ctx context.Context, messages <-chan events.Message) {
	soon := time.After(settling)
	for {
		select {
		case <-messages:
		case <-soon:
			return
		case <-ctx.Done():
			return
		}
	}
}

// join follows those that run and are not followed yet. It returns true if none can come.
func (m *many) join(ctx context.Context, end context.CancelCauseFunc) (none bool, err error) {
	found, err := m.reader.session.API.ContainerList(ctx, container.ListOptions{All: m.named, Filters: m.wanted})
	if err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range found {
		runs := one.State == container.StateRunning || one.State == container.StatePaused || one.State == container.StateRestarting
		if !runs || m.followed[one.ID] {
			continue
		}
		m.followed[one.ID] = true
		m.group.Run(func() (err error) {
			defer func() {
				if err != nil {
					end(err)
				}
				m.leave(one.ID)
			}()
			defer guard.Recover(&err)
			return m.reader.follow(ctx, one.ID, m.event)
		})
	}
	return m.named && len(found) == 0, nil
}

// leave lets a container join again: it may have been started before this was known.
func (m *many) leave(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.followed, id)
	select {
	case m.left <- struct{}{}:
	default:
	}
}
