package engine

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Stop implements core.Containers. Stopping a stopped container succeeds.
func (e *Engine) Stop(ctx context.Context, req core.StopRequest) error {
	return e.stopping(ctx, req, func(ctx context.Context, name string, options container.StopOptions) error {
		return e.session.Retry(ctx, func(ctx context.Context) error { return e.api.ContainerStop(ctx, name, options) })
	})
}

// Restart implements core.Containers.
func (e *Engine) Restart(ctx context.Context, req core.StopRequest) error {
	return e.stopping(ctx, req, func(ctx context.Context, name string, options container.StopOptions) error {
		return e.session.Once(ctx, func(ctx context.Context) error { return e.api.ContainerRestart(ctx, name, options) }, nil)
	})
}

func (e *Engine) stopping(ctx context.Context, req core.StopRequest, do func(context.Context, string, container.StopOptions) error) error {
	options, invalid := stopOptions(req)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		if options.Signal != "" {
			if err := e.needVersion("1.42", "another signal to stop with"); err != nil {
				return err
			}
		}
		to := signalled{container: req.Container, deadly: true, after: stopTimeout}
		if options.Timeout != nil {
			to.after = time.Duration(*options.Timeout) * time.Second
		}
		return e.signalling(ctx, to, func(ctx context.Context) error { return do(ctx, req.Container, options) })
	})
}

func stopOptions(req core.StopRequest) (options container.StopOptions, err error) {
	if options.Timeout = req.Timeout; req.Timeout != nil && *req.Timeout < -1 {
		return options, core.Errorf(core.KindInvalidArgument, "a timeout of %d s is not possible: use 0 or more, or -1 to wait for ever", *req.Timeout)
	}
	if req.Signal != "" {
		options.Signal, err = execs.SignalName(req.Signal)
	}
	return options, err
}

// needVersion refuses what the engine would ignore because its API is too old.
func (e *Engine) needVersion(needs, what string) error {
	if have := e.api.ClientVersion(); versions.LessThan(have, needs) {
		return core.Errorf(core.KindInvalidArgument, "%s needs API version %s, but this engine's is %s", what, needs, have)
	}
	return nil
}
