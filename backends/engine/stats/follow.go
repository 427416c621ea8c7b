package stats

import (
	"context"
	"encoding/json"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// follow sends what a container uses until it stops, through lost connections.
func (r *Reader) follow(ctx context.Context, id string, event func(any)) error {
	err := r.session.Retry(ctx, func(ctx context.Context) error {
		err := r.read(ctx, id, true, func(m *measurement) (more bool, err error) {
			if m.running() {
				if m.comparable() {
					event(m.stats())
				}
				return true, nil
			}
			over, err := r.over(ctx, id) // or about to restart
			return !over, err
		})
		if err != io.EOF {
			return err
		}
		// The engine has removed the container, or ends itself.
		if over, err := r.over(ctx, id); err != nil || over {
			return err
		}
		return io.ErrUnexpectedEOF
	})
	if err == nil || ctx.Err() != nil || session.EngineLost(err) {
		return err
	}
	if over, _ := r.over(ctx, id); over {
		return nil // engines refuse in several ways what is about a container that goes
	}
	return err
}

// over reports whether a container has stopped or is gone.
func (r *Reader) over(ctx context.Context, id string) (bool, error) {
	state, err := containerinfo.State(ctx, r.session.API, id)
	return err == nil && stopped(state), err
}

// read reads measurements of a container, until take wants no more. With stream the engine
// makes one each second; io.EOF means that it has ended them.
func (r *Reader) read(ctx context.Context, name string, stream bool, take func(*measurement) (more bool, err error)) error {
	answer, err := r.session.API.ContainerStats(ctx, name, stream)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	documents := json.NewDecoder(answer.Body)
	for more := true; more; {
		m := &measurement{}
		if err := documents.Decode(&m.raw); err != nil {
			return err
		}
		if err := m.decode(); err != nil {
			return err
		}
		if more, err = take(m); err != nil {
			return err
		}
	}
	return nil
}
