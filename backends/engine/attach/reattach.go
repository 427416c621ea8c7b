package attach

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// A container keeps running when the connection to the engine is lost. What it wrote is in its
// log, so the output continues from there, by position: the attached stream's bytes were counted,
// and as many are skipped in each log stream.

// reattach reads the rest of a container's output and waits for its end, through any number
// of further losses, as long as the engine answers again within the reconnect timeout. Without
// a cause, it reads from the log in place of an attached stream.
func (r *Attacher) reattach(ctx context.Context, c *Container, out, errOut *streams.Counter, warn func(any), cause error) (int64, error) {
	engineGone := false
	for {
		if cause != nil {
			// A lost connection says so; an engine that ends a stream just ends it. (So does
			// a proxy on the way to it.) An engine that is killed cuts a TLS connection.
			engineGone = engineGone || core.KindOf(cause) != core.KindConnectionLost || errors.Is(cause, io.ErrUnexpectedEOF)
			if err := r.session.AwaitEngine(ctx); err != nil {
				if ctx.Err() != nil || !session.EngineLost(err) {
					return 0, err
				}
				return 0, mayStillRun(c, cause, err)
			}
		}
		code, err := r.followLog(ctx, c, out, errOut, warn, engineGone)
		if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
			return code, err
		}
		cause = err
	}
}

func mayStillRun(c *Container, cause, again error) error {
	return core.Errorf(core.KindConnectionLost,
		"the connection to the engine was lost (%s) and the engine did not answer again (%s): container %s may still run, and its output is in its log",
		session.EngineMessage(cause), session.EngineMessage(again), containerinfo.ShortID(c.ID)).
		With("container_id", c.ID).With("may_still_run", true)
}

// followLog delivers what the log has beyond what was counted, until the container's
// end, and returns the exit code.
func (r *Attacher) followLog(ctx context.Context, c *Container, out, errOut *streams.Counter, warn func(any), engineGone bool) (int64, error) {
	info, err := r.session.API.ContainerInspect(ctx, c.ID)
	if err != nil {
		return 0, err
	}
	driver := ""
	if info.HostConfig != nil {
		driver = info.HostConfig.LogConfig.Type
	}
	// For a container that was started again (by a restart policy), the wait would
	// return a later end: as with docker run, the first end counts.
	if info.State != nil && (info.RestartCount > c.restarts || c.startedAt != "" && info.State.StartedAt != c.startedAt) {
		return 0, incomplete(c, "the container was restarted meanwhile, so that its output cannot be told apart")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.TTY && c.Stdin && !c.InputStays {
		guard.Go(func() { r.endInput(ctx, c) }, nil)
	}
	missing := int64(0)
	if c.hasOutput() {
		if driver == "none" {
			return 0, incomplete(c, "its log driver is none, which keeps no output")
		}
		if err := r.locate(ctx, c, driver, out, errOut); err != nil {
			return 0, err
		}
		if missing, err = r.readLog(ctx, c, driver, true, out, errOut); err != nil {
			return 0, err
		}
		if containerinfo.FollowersMissLastLine(r.session.API) {
			if missing, err = r.readLog(ctx, c, driver, false, out, errOut); err != nil {
				return 0, err
			}
		}
	}
	exited, failed := r.session.API.ContainerWait(ctx, c.ID, container.WaitConditionNotRunning)
	select {
	case response := <-exited:
		if missing > 0 {
			return response.StatusCode, notFromTheBeginning(c, driver)
		}
		return response.StatusCode, r.afterRestart(ctx, c, response.StatusCode, engineGone, warn)
	case err := <-failed:
		return 0, err
	}
}

// incomplete returns the error if the rest of the output is unavailable.
func incomplete(c *Container, why string) error {
	return session.Final(
		"the connection to the engine was lost while container %s ran, and the rest of its output cannot be had: %s. The container was left as it is: wait_container gives its exit code, kill_container ends it",
		containerinfo.ShortID(c.ID), why).
		With("container_id", c.ID).With("may_still_run", true)
}

func unlessUnreadable(c *Container, driver string, err error) error {
	if strings.Contains(err.Error(), "does not support reading") {
		return incomplete(c, "its log driver "+driver+" does not support reading")
	}
	return err
}

// TookItWithIt distinguishes a container that the engine ended when it ended itself from one
// that ended on its own. After the engine itself was gone, exit codes of a signal, and 255
// from an engine that does not know, are the engine's doing.
func (r *Attacher) TookItWithIt(ctx context.Context, c *Container, code int64) error {
	info, err := r.session.API.ContainerInspect(ctx, c.ID)
	if err != nil {
		return err
	}
	if info.State == nil || info.State.OOMKilled || (code != 137 && code != 143 && code != 255) {
		return nil
	}
	return core.Errorf(core.KindEngineError,
		"the engine itself ended or was restarted while container %s ran, and ended it (exit code %d): with \"live-restore\": true in its daemon.json containers go on",
		containerinfo.ShortID(c.ID), code).
		With("container_id", c.ID).With("exit_code", code).With("reason", "engine_restarted")
}

// readLog copies a log to the outputs, and returns how much of what was delivered before the
// log lacks: an engine that is about to end ends the logs, too. While a writer waits for
// credit, the body's read does not end with the context, so it is closed from here.
func (r *Attacher) readLog(ctx context.Context, c *Container, driver string, follow bool, out, errOut *streams.Counter) (missing int64, err error) {
	log, err := r.session.API.ContainerLogs(ctx, c.ID, c.logOptions(follow))
	if err != nil {
		return 0, unlessUnreadable(c, driver, err)
	}
	stop := guard.OnDone(ctx, func() { _ = log.Close() })
	defer stop()
	defer log.Close()
	skipOut, skipErr := streams.SkipFrom(out, c.start.out), streams.SkipFrom(errOut, c.start.err)
	if driver == "json-file" && !c.asLogged {
		skipOut.RefuseReplaced()
		skipErr.RefuseReplaced()
	}
	err = streams.Demux(log, c.TTY, skipOut, skipErr)
	switch {
	case ctx.Err() != nil:
		err = core.ContextError(ctx, "")
	case errors.Is(err, streams.ErrOtherLog):
		err = notFromTheBeginning(c, driver)
	case errors.Is(err, streams.ErrReplaced):
		err = incomplete(c, "its log driver json-file replaces bytes that are not UTF-8; give --log-driver local")
	}
	return skipOut.Missing() + skipErr.Missing(), err
}

func notFromTheBeginning(c *Container, driver string) error {
	return incomplete(c, "its log (driver "+driver+") does not have the output as it was; was the log rotated?")
}

// afterRestart finds out whether an engine that may be gone was restarted, and what that did
// to the container: it may have ended it, or lost a part of its output.
func (r *Attacher) afterRestart(ctx context.Context, c *Container, code int64, engineGone bool, warn func(any)) (err error) {
	restart := containerinfo.NotRestarted
	switch {
	case engineGone:
		restart, err = containerinfo.RestartedSinceStart(ctx, r.session, c.ID)
	case c.hasOutput():
		restart, err = containerinfo.RestartedSinceEnd(ctx, r.session, c.ID)
	}
	if err == nil && engineGone && restart != containerinfo.NotRestarted {
		err = r.TookItWithIt(ctx, c, code)
	}
	if message := outputMayLack[restart]; err == nil && c.hasOutput() && message != "" {
		warn(core.WarningEvent{Event: "warning", Message: message})
	}
	return err
}

var outputMayLack = map[containerinfo.Restart]string{
	containerinfo.Restarted: "the engine was restarted while the container ran: " +
		"what the container wrote meanwhile may be missing from its output and from its log",
	containerinfo.MaybeRestarted: "whether the engine was restarted while the container ran is not known, because it has had more events since then than it keeps: " +
		"if it was, what the container wrote meanwhile may be missing from its output and from its log",
}
