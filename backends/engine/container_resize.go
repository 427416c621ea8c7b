package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Resize implements core.Containers.
func (e *Engine) Resize(ctx context.Context, req core.ResizeRequest) error {
	size, invalid := terminalSize(req.Rows, req.Columns)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		return e.api.ContainerResize(ctx, req.Container, size)
	})
}

// ExecResize implements core.Execs.
func (e *Engine) ExecResize(ctx context.Context, req core.ExecResizeRequest) error {
	size, invalid := terminalSize(req.Rows, req.Columns)
	target, err := execs.ParseID(req.Container, req.ExecID)
	if invalid == nil {
		invalid = err
	}
	return e.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		return e.api.ContainerExecResize(ctx, target.EngineID, size)
	})
}

func terminalSize(rows, columns uint) (container.ResizeOptions, error) {
	const most = 1<<16 - 1 // what the kernel's window size holds
	if rows == 0 || columns == 0 || rows > most || columns > most {
		return container.ResizeOptions{}, core.Errorf(core.KindInvalidArgument, "a terminal cannot have %d rows and %d columns: each must be 1 to %d", rows, columns, most)
	}
	return container.ResizeOptions{Height: rows, Width: columns}, nil
}
