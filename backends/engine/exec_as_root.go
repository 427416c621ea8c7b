package engine

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/strslice"

	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
)

// signalAsRoot is an execs.SignalAsRoot: the agent sends the signal from a helper container
// that sees the container's processes and nothing else of it.
func (e *Engine) signalAsRoot(ctx context.Context, target, variable, signal string) (said string, err error) {
	id, err := e.agents.Container(ctx, []string{"signal", variable, signal}, container.HostConfig{
		PidMode: container.PidMode("container:" + target),
		CapAdd:  strslice.StrSlice{"KILL", "SYS_PTRACE", "DAC_READ_SEARCH"}, // both to read others' environment
	})
	if err != nil {
		return "", err
	}
	defer func() {
		if left := e.agents.Remove(ctx, id); err == nil {
			err = left
		}
	}()
	return execs.Answer(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	}, func() error { return e.startCreated(ctx, id) })
}
