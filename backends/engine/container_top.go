package engine

import (
	"context"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerTop implements core.Containers.
func (e *Engine) ContainerTop(ctx context.Context, req core.ContainerTopRequest) (result core.ContainerTopResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true}, func(ctx context.Context) error {
		top, err := e.api.ContainerTop(ctx, req.Container, req.Arguments)
		// Nil would be null in JSON, not a list.
		result = core.ContainerTopResult{Titles: append([]string{}, top.Titles...), Processes: append([][]string{}, top.Processes...)}
		return topError(err, strings.Join(req.Arguments, " "))
	})
	return result, err
}

// topError makes what ps says of its arguments an InvalidArgument: engines answer with status 500, as for a
// defect of theirs.
func topError(err error, arguments string) error {
	if err == nil || arguments == "" {
		return err
	}
	message := session.EngineMessage(err)
	complaint, ofPs := strings.CutPrefix(message, "ps: ")
	switch {
	case strings.Contains(message, "find PID field"):
		return core.Errorf(core.KindInvalidArgument, "ps_args=%q: the output of ps needs a column PID, by which the container's processes are found: add pid, as in \"-eo pid,comm\"", arguments)
	case ofPs && strings.HasPrefix(complaint, "exit status"):
		return core.Errorf(core.KindInvalidArgument, "ps_args=%q: ps finds no process (%s)", arguments, complaint)
	case ofPs:
		return core.Errorf(core.KindInvalidArgument, "ps_args=%q: ps refuses it: %s", arguments, complaint)
	}
	return err
}
