// Package stats measures what containers use: one of them once, one until it stops, or all that
// come and go. It imports core, containerinfo, filterargs and session.
package stats

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Reader implements core.Stats.
type Reader struct{ session *session.Session }

var _ core.Stats = (*Reader)(nil)

// New returns the Reader of a session.
func New(s *session.Session) *Reader { return &Reader{s} }

// ContainerStats implements core.Stats. The engine itself waits for the second measurement.
func (r *Reader) ContainerStats(ctx context.Context, req core.ContainerRequest) (result core.ContainerStats, err error) {
	operation := session.Operation{Container: &req.Container, Long: true, Repeat: true}
	err = r.session.Perform(ctx, operation, func(ctx context.Context) error {
		for again := true; again; {
			err := r.read(ctx, req.Container, false, func(m *measurement) (more bool, err error) {
				if !m.running() {
					return false, notRunning(req.Container)
				}
				result, again = m.stats(), !m.comparable() // it was restarted meanwhile
				return false, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return result, err
}

// StreamContainerStats implements core.Stats.
func (r *Reader) StreamContainerStats(ctx context.Context, req core.ContainerRequest, event func(any)) error {
	return r.session.Perform(ctx, session.Operation{Container: &req.Container, Long: true}, func(ctx context.Context) error {
		state, err := r.existing(ctx, req.Container)
		if err != nil {
			return err
		}
		if stopped(state) {
			return notRunning(req.Container)
		}
		return r.follow(ctx, state.ID, event)
	})
}

// existing asks for a container that must exist.
func (r *Reader) existing(ctx context.Context, name string) (state core.StateResult, err error) {
	err = r.session.Retry(ctx, func(ctx context.Context) error {
		state, err = containerinfo.State(ctx, r.session.API, name)
		return err
	})
	if err == nil && !state.Exists {
		err = core.Errorf(core.KindContainerNotFound, "there is no container %q", name)
	}
	return state, err
}

// stopped reports whether a container does not run, and is not about to restart.
func stopped(state core.StateResult) bool { return !state.Running && state.Status != "restarting" }

func notRunning(name string) error {
	return core.Errorf(core.KindContainerNotRunning, "container %s does not run, and so uses nothing: start it first", name)
}
