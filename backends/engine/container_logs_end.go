package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// followersMissLastLine reports whether the engine ends a followed log without its last line
// if that has no newline. Engines before 23 write it when the container ends, which is when
// they stop following (https://github.com/moby/moby/pull/43294). A log that is read without
// following has it.
func (e *Engine) followersMissLastLine() bool {
	return versions.LessThan(e.api.ClientVersion(), "1.42")
}

// finishLog delivers the part of the last lines that a followed log lacks.
func (e *Engine) finishLog(ctx context.Context, id string, tty bool, followed container.LogsOptions, out, errOut *streams.Counter) error {
	if !e.followersMissLastLine() {
		return nil
	}
	fromEnd := tailed(followed)
	followed.Follow, followed.Tail = false, "" // a number of lines would count the last one
	body, err := e.api.ContainerLogs(ctx, id, followed)
	if err != nil {
		return err
	}
	defer body.Close()
	defer guard.OnDone(ctx, func() { _ = body.Close() })()
	var outEnd, errEnd streams.LogEnd
	if err := streams.DemuxLog(body, tty, followed.Timestamps, &outEnd, &errEnd); err != nil {
		return err
	}
	if err := outEnd.Complete(out, fromEnd); err != nil {
		return err
	}
	return errEnd.Complete(errOut, fromEnd)
}
