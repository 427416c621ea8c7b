package engine

import (
	"context"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/core"
)

// Logs implements core.Containers.
func (e *Engine) Logs(ctx context.Context, req core.LogsRequest, s core.Streams) error {
	options, invalid := logsOptions(req)
	return e.blockingOnContainer(ctx, "container_logs", req.Container, invalid, func(ctx context.Context, name string) error {
		info, err := e.api.ContainerInspect(ctx, name)
		if err != nil {
			return err
		}
		body, err := e.api.ContainerLogs(ctx, info.ID, options)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		return demux(body, info.Config != nil && info.Config.Tty, s.Stdout, s.Stderr)
	})
}

func logsOptions(req core.LogsRequest) (container.LogsOptions, error) {
	options := container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Follow: req.Follow, Timestamps: req.Timestamps,
		Since: req.Since, Until: req.Until, Tail: req.Tail,
	}
	for name, value := range map[string]string{"since": req.Since, "until": req.Until} {
		if value == "" {
			continue
		}
		if _, err := timetypes.GetTimestamp(value, time.Now()); err != nil {
			return options, core.Errorf(core.KindInvalidArgument, "%s=%q is neither a time nor a duration such as 10m: %w", name, value, err)
		}
	}
	if req.Tail != "" && req.Tail != "all" {
		if n, err := strconv.ParseInt(req.Tail, 10, 32); err != nil || n < 0 {
			return options, core.Errorf(core.KindInvalidArgument, "tail=%q is neither a number of lines nor \"all\"", req.Tail)
		}
	}
	return options, nil
}
