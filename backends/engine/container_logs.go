package engine

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/events"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Logs implements core.Containers.
func (e *Engine) Logs(ctx context.Context, req core.LogsRequest, s core.Streams) error {
	options, invalid := logsOptions(req)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		var info container.InspectResponse
		err := e.session.Retry(ctx, func(ctx context.Context) (err error) {
			info, err = e.api.ContainerInspect(ctx, req.Container)
			return err
		})
		if err != nil {
			return err
		}
		return e.readLogs(ctx, info, options, streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr))
	})
}

// readLogs delivers a log, through lost connections: it reads the log again and skips what
// was delivered.
func (e *Engine) readLogs(ctx context.Context, info container.InspectResponse, asked container.LogsOptions, out, errOut *streams.Counter) error {
	tty := info.Config != nil && info.Config.Tty
	again := newLogPosition(asked, tty)
	return e.session.Retry(ctx, func(ctx context.Context) error {
		options, err := again.next(out.Done()+errOut.Done() > 0)
		if err != nil {
			return err
		}
		body, err := e.api.ContainerLogs(ctx, info.ID, options)
		if err != nil {
			return err
		}
		stop := guard.OnDone(ctx, func() { _ = body.Close() })
		defer stop()
		defer func() { _ = body.Close() }()
		skipOut, skipErr := streams.Skip(out), streams.Skip(errOut)
		err = streams.DemuxLog(body, tty, options.Timestamps, again.watch(skipOut), again.watch(skipErr))
		if errors.Is(err, streams.ErrOtherLog) || (err == nil && skipOut.Missing()+skipErr.Missing() > 0) {
			return session.Final("the connection to the engine was lost, and meanwhile the log was rotated: it cannot be read on from there. Read it again with since= for what there is (tagged=True gives the time of each line)")
		}
		if err == nil && options.Follow {
			err = e.finishLog(ctx, info.ID, tty, asked, out, errOut)
		}
		return err
	})
}

// tailed reports whether only a number of lines was requested.
func tailed(options container.LogsOptions) bool { return options.Tail != "" && options.Tail != "all" }

func logsOptions(req core.LogsRequest) (container.LogsOptions, error) {
	options := container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Follow: req.Follow, Timestamps: req.Timestamps,
		Since: req.Since, Until: req.Until, Tail: req.Tail,
	}
	now := time.Now()
	for name, value := range map[string]*string{"since": &options.Since, "until": &options.Until} {
		if *value == "" {
			continue
		}
		// A duration counts from now, even when the log is read again.
		stamp, err := events.Moment(*value, now)
		if err != nil {
			return options, core.Errorf(core.KindInvalidArgument, "%s=%q is neither a time nor a duration such as 10m: %w", name, *value, err)
		}
		*value = stamp
	}
	if req.Tail != "" && req.Tail != "all" {
		if n, err := strconv.ParseInt(req.Tail, 10, 32); err != nil || n < 0 {
			return options, core.Errorf(core.KindInvalidArgument, "tail=%q is neither a number of lines nor \"all\"", req.Tail)
		}
	}
	return options, nil
}
