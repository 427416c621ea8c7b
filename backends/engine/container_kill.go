package engine

import (
	"context"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// Kill implements core.Containers.
func (e *Engine) Kill(ctx context.Context, req core.KillRequest) error {
	if req.Signal == "" {
		req.Signal = "KILL"
	}
	signal, invalid := signalName(req.Signal)
	return e.onceOnContainer(ctx, "kill_container", req.Container, invalid, func(ctx context.Context, name string) error {
		return e.once(ctx, func(ctx context.Context) error { return e.api.ContainerKill(ctx, name, signal) },
			func(ctx context.Context) (bool, error) {
				state, err := e.state(ctx, name)
				return deadly[signal] && !state.Running, err
			})
	})
}

// deadly are the signals that nothing survives.
var deadly = map[string]bool{"KILL": true, "9": true}

// signalName takes a signal's name with or without SIG, or its number. Which names
// there are is for the engine to say.
func signalName(text string) (string, error) {
	match := signalForm.FindStringSubmatch(strings.ToUpper(text))
	if match == nil {
		return "", core.Errorf(core.KindInvalidArgument, "%q is no signal: use a name such as TERM, or a number", text)
	}
	return match[2], nil
}
