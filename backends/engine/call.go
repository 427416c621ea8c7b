package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// call does one operation that the engine answers at once.
func (e *Engine) call(ctx context.Context, op string, invalid error, do func(ctx context.Context) error) error {
	return e.blocking(ctx, op, invalid, func(ctx context.Context) error {
		select {
		case e.short <- struct{}{}:
			defer func() { <-e.short }()
		case <-ctx.Done():
			return contextError(ctx)
		}
		return do(ctx)
	})
}

// blocking does one operation that may last as long as a container does. Where
// invalid says that an argument is wrong, nothing is sent.
func (e *Engine) blocking(ctx context.Context, op string, invalid error, do func(ctx context.Context) error) error {
	ctx, end, err := e.begin(ctx, 0)
	if err != nil {
		return e.fail(context.Background(), op, err)
	}
	defer end()
	if err = invalid; err == nil {
		err = e.negotiate(ctx)
	}
	if err == nil {
		err = do(ctx)
	}
	return e.fail(ctx, op, err)
}

// onContainer is call for an operation on one container.
func (e *Engine) onContainer(ctx context.Context, op, name string, invalid error, do func(ctx context.Context, name string) error) error {
	name, invalid = checkedName(name, invalid)
	return e.call(ctx, op, invalid, func(ctx context.Context) error { return do(ctx, name) })
}

// blockingOnContainer is blocking for an operation on one container.
func (e *Engine) blockingOnContainer(ctx context.Context, op, name string, invalid error, do func(ctx context.Context, name string) error) error {
	name, invalid = checkedName(name, invalid)
	return e.blocking(ctx, op, invalid, func(ctx context.Context) error { return do(ctx, name) })
}

func checkedName(name string, invalid error) (string, error) {
	if invalid != nil {
		return "", invalid
	}
	return core.ContainerName(name)
}
