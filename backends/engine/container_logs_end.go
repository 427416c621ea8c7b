package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// finishLog delivers the part of the last lines that a followed log lacks.
func (e *Engine) finishLog(ctx context.Context, id string, tty bool, followed container.LogsOptions, out, errOut *streams.Counter) error {
	if !containerinfo.FollowersMissLastLine(e.api) {
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
