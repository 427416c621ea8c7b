package engine

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// The container of a run keeps running when the connection to the engine is lost. What it
// wrote is in its log, so the output continues from there, by position: the attached stream's
// bytes were counted, and as many are skipped at the start of each log stream.

// reattach reads the rest of a run's output and waits for its end, through any number
// of further losses, as long as the engine answers again within the reconnect timeout.
func (e *Engine) reattach(ctx context.Context, spec *runSpec, out, errOut *streams.Counter, warn func(any), cause error) (int64, error) {
	engineGone := false
	for {
		// A lost connection says so; an engine that ends a stream just ends it.
		engineGone = engineGone || core.KindOf(cause) != core.KindConnectionLost
		if err := e.session.AwaitEngine(ctx); err != nil {
			if ctx.Err() != nil || !session.EngineLost(err) {
				return 0, err
			}
			return 0, e.mayStillRun(spec, cause, err)
		}
		code, err := e.followLog(ctx, spec, out, errOut, warn, engineGone)
		if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
			return code, err
		}
		cause = err
	}
}

func (e *Engine) mayStillRun(spec *runSpec, cause, again error) error {
	return core.Errorf(core.KindConnectionLost,
		"the connection to the engine was lost (%s) and the engine did not answer again (%s): container %s may still run, and its output is in its log",
		session.EngineMessage(cause), session.EngineMessage(again), containerinfo.ShortID(spec.containerID)).
		With("container_id", spec.containerID).With("may_still_run", true)
}

// followLog delivers what the log has beyond what was counted, until the container's
// end, and returns the exit code.
func (e *Engine) followLog(ctx context.Context, spec *runSpec, out, errOut *streams.Counter, warn func(any), engineGone bool) (int64, error) {
	info, err := e.api.ContainerInspect(ctx, spec.containerID)
	if err != nil {
		return 0, err
	}
	driver := ""
	if info.HostConfig != nil {
		driver = info.HostConfig.LogConfig.Type
	}
	// For a container that was started again (by a restart policy), the wait would
	// return a later end: as with docker run, the first end counts.
	if info.State != nil && info.RestartCount > 0 {
		return 0, incomplete(spec, "the container was restarted meanwhile, so that its output cannot be told apart")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if spec.tty && spec.stdin {
		guard.Go(func() { e.endInput(ctx, spec) }, nil)
	}
	missing := int64(0)
	if spec.hasOutput() {
		if driver == "none" {
			return 0, incomplete(spec, "its log driver is none, which keeps no output")
		}
		if missing, err = e.readLog(ctx, spec, driver, true, out, errOut); err != nil {
			return 0, err
		}
		if e.followersMissLastLine() {
			if missing, err = e.readLog(ctx, spec, driver, false, out, errOut); err != nil {
				return 0, err
			}
		}
	}
	exited, failed := e.api.ContainerWait(ctx, spec.containerID, container.WaitConditionNotRunning)
	select {
	case response := <-exited:
		switch {
		case missing > 0:
			err = notFromTheBeginning(spec, driver)
		case engineGone:
			err = e.tookItWithIt(ctx, spec, response.StatusCode)
		}
		if restarted := engineGone; err == nil && spec.hasOutput() {
			if !restarted {
				restarted, err = e.restartedMeanwhile(ctx, spec.containerID)
			}
			if restarted {
				warn(outputMayLack)
			}
		}
		return response.StatusCode, err
	case err := <-failed:
		return 0, err
	}
}

// incomplete returns the error if the rest of the output is unavailable.
func incomplete(spec *runSpec, why string) error {
	return session.Final(
		"the connection to the engine was lost while container %s ran, and the rest of its output cannot be had: %s. The container was left as it is: wait_container gives its exit code, kill_container ends it",
		containerinfo.ShortID(spec.containerID), why).
		With("container_id", spec.containerID).With("may_still_run", true)
}

func unlessUnreadable(spec *runSpec, driver string, err error) error {
	if strings.Contains(err.Error(), "does not support reading") {
		return incomplete(spec, "its log driver "+driver+" does not support reading")
	}
	return err
}

// tookItWithIt distinguishes a container that the engine ended when it ended itself from one
// that ended on its own. After the engine itself was gone, exit codes of a signal, and 255
// from an engine that does not know, are the engine's doing.
func (e *Engine) tookItWithIt(ctx context.Context, spec *runSpec, code int64) error {
	info, err := e.api.ContainerInspect(ctx, spec.containerID)
	if err != nil {
		return err
	}
	if info.State == nil || info.State.OOMKilled || (code != 137 && code != 143 && code != 255) {
		return nil
	}
	return core.Errorf(core.KindEngineError,
		"the engine itself ended or was restarted while container %s ran, and ended it (exit code %d): with \"live-restore\": true in its daemon.json containers go on",
		containerinfo.ShortID(spec.containerID), code).
		With("container_id", spec.containerID).With("exit_code", code).With("reason", "engine_restarted")
}

// readLog copies a log to the outputs, and returns how much of what was delivered before the
// log lacks: an engine that is about to end ends the logs, too. While a writer waits for
// credit, the body's read does not end with the context, so it is closed from here.
func (e *Engine) readLog(ctx context.Context, spec *runSpec, driver string, follow bool, out, errOut *streams.Counter) (missing int64, err error) {
	log, err := e.api.ContainerLogs(ctx, spec.containerID, container.LogsOptions{ShowStdout: spec.stdout, ShowStderr: spec.stderr, Follow: follow})
	if err != nil {
		return 0, unlessUnreadable(spec, driver, err)
	}
	stop := guard.OnDone(ctx, func() { _ = log.Close() })
	defer stop()
	defer log.Close()
	skipOut, skipErr := streams.Skip(out), streams.Skip(errOut)
	if driver == "json-file" {
		skipOut.RefuseReplaced()
		skipErr.RefuseReplaced()
	}
	err = streams.Demux(log, spec.tty, skipOut, skipErr)
	switch {
	case ctx.Err() != nil:
		err = core.ContextError(ctx, "")
	case errors.Is(err, streams.ErrOtherLog):
		err = notFromTheBeginning(spec, driver)
	case errors.Is(err, streams.ErrReplaced):
		err = incomplete(spec, "its log driver json-file replaces bytes that are not UTF-8; give --log-driver local")
	}
	return skipOut.Missing() + skipErr.Missing(), err
}

func notFromTheBeginning(spec *runSpec, driver string) error {
	return incomplete(spec, "its log (driver "+driver+") does not have the output as it was; was the log rotated?")
}

// exactLog returns a log configuration whose content is byte for byte what the container
// wrote: json-file replaces what is not UTF-8, and local rotates at 100 MB by default.
// Before engine 23, local loses the end of a line of more than 16 KiB; there json-file is
// the lesser evil, because it shows what it replaced.
func (e *Engine) exactLog() container.LogConfig {
	size := strconv.Itoa(1<<20) + "m"
	if versions.LessThan(e.api.ClientVersion(), "1.42") {
		return container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": size}}
	}
	return container.LogConfig{Type: "local", Config: map[string]string{"max-size": size, "max-file": "1", "compress": "false"}}
}
