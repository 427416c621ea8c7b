package engine

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// The container of a run goes on when the line to the engine is lost. What it wrote
// is in its log, so the output goes on from there, by position: the attached stream's
// bytes were counted, and as many are dropped from the start of each log stream.

// lostLine tells errors after which a container may still run.
func lostLine(err error) bool {
	var known *core.Error
	if errors.As(err, &known) {
		return known.Kind == core.KindConnectionLost || known.Kind == core.KindEngineUnreachable
	}
	return lineLost(err) || isConnectionFailure(err)
}

// reattach reads the rest of a run's output and waits for its end, through any number
// of further losses, as long as the engine answers again within the reconnect timeout.
func (e *Engine) reattach(ctx context.Context, spec *runSpec, out, errOut *counter, cause error) (int64, error) {
	for {
		if err := e.awaitEngine(ctx); err != nil {
			return 0, e.mayStillRun(spec, cause, err)
		}
		code, err := e.followLog(ctx, spec, out, errOut)
		if err == nil || ctx.Err() != nil || !lostLine(err) {
			return code, err
		}
		cause = err
	}
}

// reconnectTime is how long a lost engine is waited for.
func (e *Engine) reconnectTime() time.Duration {
	if s := e.opts.Open.ReconnectTimeoutSeconds; s > 0 {
		return time.Duration(s * float64(time.Second))
	}
	return 60 * time.Second
}

// awaitEngine pings until the engine answers.
func (e *Engine) awaitEngine(ctx context.Context) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 3*time.Second
	_, err := backoff.Retry(ctx, func() (types.Ping, error) {
		ping, err := e.api.Ping(ctx)
		if err != nil && !lostLine(err) {
			return ping, backoff.Permanent(err)
		}
		return ping, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(e.reconnectTime()))
	return err
}

func (e *Engine) mayStillRun(spec *runSpec, cause, again error) error {
	return core.Errorf(core.KindConnectionLost,
		"the line to the engine was lost (%s) and the engine did not answer again (%s): container %s may still run, and its output is in its log",
		engineMessage(cause), engineMessage(again), shortID(spec.containerID)).
		With("container_id", spec.containerID).With("may_still_run", true)
}

// followLog delivers what the log has beyond what was counted, until the container's
// end, and gives the exit code.
func (e *Engine) followLog(ctx context.Context, spec *runSpec, out, errOut *counter) (int64, error) {
	info, err := e.api.ContainerInspect(ctx, spec.containerID)
	if err != nil {
		return 0, err
	}
	if info.HostConfig != nil && info.HostConfig.LogConfig.Type == "none" {
		return 0, core.Errorf(core.KindConnectionLost,
			"the line was lost, and the container's log driver is none: the output since then cannot be had").
			With("container_id", spec.containerID)
	}
	// Of a container that was started again (by a restart policy), the wait would
	// give a later end: as with docker run, the first end counts.
	if info.State != nil && info.RestartCount > 0 {
		return 0, core.Errorf(core.KindConnectionLost, "the line was lost, and the container was restarted meanwhile: its output cannot be told apart").
			With("container_id", spec.containerID)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if spec.stdout {
		log, err := e.api.ContainerLogs(ctx, spec.containerID, container.LogsOptions{ShowStdout: true, ShowStderr: true, Follow: true})
		if err != nil {
			return 0, err
		}
		err = e.readLog(ctx, log, spec.tty, out, errOut)
		if err != nil {
			return 0, err
		}
	}
	exited, failed := e.api.ContainerWait(ctx, spec.containerID, container.WaitConditionNotRunning)
	select {
	case response := <-exited:
		return response.StatusCode, nil
	case err := <-failed:
		return 0, err
	}
}

// readLog moves a log to the outputs. The body's read does not end with the context
// while a writer waits for credit, so it is closed from here.
func (e *Engine) readLog(ctx context.Context, log io.ReadCloser, tty bool, out, errOut *counter) error {
	stop := context.AfterFunc(ctx, func() { _ = log.Close() })
	defer stop()
	defer log.Close()
	err := demux(log, tty, &skipping{out, out.done.Load()}, &skipping{errOut, errOut.done.Load()})
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	return err
}

// createdBefore finds the container of a run whose creation had no answer: it is
// never created twice.
func (e *Engine) createdBefore(ctx context.Context, runID string) (string, error) {
	if err := e.awaitEngine(ctx); err != nil {
		return "", err
	}
	found, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: labelFilter(LabelRun, runID)})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].ID, nil
}

// startedBefore tells whether a start without an answer arrived.
func (e *Engine) startedBefore(ctx context.Context, id string) (bool, error) {
	if err := e.awaitEngine(ctx); err != nil {
		return false, err
	}
	info, err := e.api.ContainerInspect(ctx, id)
	if err != nil || info.State == nil {
		return false, err
	}
	return info.State.Status != container.StateCreated, nil
}

// exactLog is a log configuration whose content is byte for byte what the container
// wrote: json-file replaces what is no UTF-8, and local rotates at 100 MB by default.
func exactLog() container.LogConfig {
	return container.LogConfig{Type: "local", Config: map[string]string{
		"max-size": strconv.Itoa(1<<20) + "m", "max-file": "1", "compress": "false",
	}}
}
