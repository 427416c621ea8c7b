package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/strslice"

	"github.com/proboscis/ml_nexus_go/core"
)

// signalByAgent signals an exec's processes as root, by the agent in a helper container
// that sees the container's processes and nothing else of it.
func (e *Engine) signalByAgent(ctx context.Context, t execTarget, signal string) (got reached, err error) {
	id, err := e.agents.Container(ctx, []string{"signal", execMark + "=" + t.mark, signal}, container.HostConfig{
		PidMode: container.PidMode("container:" + t.container),
		CapAdd:  strslice.StrSlice{"KILL", "SYS_PTRACE", "DAC_READ_SEARCH"}, // both to read others' environment
	})
	if err != nil {
		return got, err
	}
	defer func() {
		if left := e.agents.Remove(ctx, id); err == nil {
			err = left
		}
	}()
	said, err := e.answerOf(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	}, func() error { return e.startCreated(ctx, id) })
	if err != nil {
		return got, err
	}
	if _, err := fmt.Sscan(said, &got.sent, &got.refused); err != nil {
		return reached{}, core.Errorf(core.KindEngineError, "the agent cannot signal the process: %s", strings.TrimSpace(said))
	}
	return got, nil
}
