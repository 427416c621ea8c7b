package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// call does one operation that the engine answers at once and that may be done twice:
// it is repeated where the line is lost in it.
func (e *Engine) call(ctx context.Context, op string, invalid error, do func(ctx context.Context) error) error {
	return e.callOnce(ctx, op, invalid, func(ctx context.Context) error { return e.retried(ctx, do) })
}

// callOnce is call for what must not be done twice.
func (e *Engine) callOnce(ctx context.Context, op string, invalid error, do func(ctx context.Context) error) error {
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

// blocking does one operation that may last as long as a container does. It is not
// repeated. Where invalid says that an argument is wrong, nothing is sent.
func (e *Engine) blocking(ctx context.Context, op string, invalid error, do func(ctx context.Context) error) error {
	ctx, end, err := e.begin(ctx, 0)
	if err != nil {
		return e.fail(context.Background(), op, err)
	}
	defer end()
	if err = invalid; err == nil {
		err = e.retried(ctx, e.negotiate)
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

// onceOnContainer is callOnce for an operation on one container.
func (e *Engine) onceOnContainer(ctx context.Context, op, name string, invalid error, do func(ctx context.Context, name string) error) error {
	name, invalid = checkedName(name, invalid)
	return e.callOnce(ctx, op, invalid, func(ctx context.Context) error { return do(ctx, name) })
}

// retriedOnContainer is blockingOnContainer for what may be done twice.
func (e *Engine) retriedOnContainer(ctx context.Context, op, name string, invalid error, do func(ctx context.Context, name string) error) error {
	return e.blockingOnContainer(ctx, op, name, invalid, func(ctx context.Context, name string) error {
		return e.retried(ctx, func(ctx context.Context) error { return do(ctx, name) })
	})
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
