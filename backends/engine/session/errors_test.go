package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TestWhatTheEngineSays: its status and its words, and the kind they are for a caller.
func TestWhatTheEngineSays(t *testing.T) {
	for _, c := range []struct {
		status  int
		message string
		kind    core.Kind
	}{
		{404, "No such container: c", core.KindContainerNotFound},
		{404, "no such container c", core.KindContainerNotFound},
		{404, "No such image: i:latest", core.KindImageNotFound},
		{404, "pull access denied for i, repository does not exist", core.KindImageNotFound},
		{404, "manifest unknown: manifest unknown", core.KindImageNotFound},
		{404, "Could not find the file /x in container c", core.KindPathNotFound},
		{404, "network n not found", core.KindNotFound},
		{404, "page not found", core.KindNotFound},
		{409, "Container c is not running", core.KindContainerNotRunning},
		{409, "Container c is paused, unpause the container before exec", core.KindContainerNotRunning},
		{409, "Container c is restarting, wait until the container is running", core.KindContainerNotRunning},
		{409, "Container c is not paused", core.KindContainerNotRunning},
		{409, `Conflict. The container name "/c" is already in use`, core.KindConflict},
		{400, "invalid reference format", core.KindInvalidArgument},
		{401, "unauthorized: incorrect username or password", core.KindRegistryAuthError},
		{403, "denied by policy", core.KindPermissionDenied},
		{501, "not supported on this platform", core.KindEngineError},
		{500, "Cannot kill container: c: Container c is not running", core.KindContainerNotRunning},
		{500, "unrecognized image ID sha256:43f28eb48093", core.KindImageNotFound},
		{500, "write /var/lib/docker/x: no space left on device", core.KindEngineError},
		{500, "connection error: desc = \"transport: error while dialing: dial unix /c.sock: connect: connection refused\": unavailable", core.KindEngineError},
		{500, "it broke", core.KindEngineError},
		{503, "the engine is starting", core.KindEngineError},
	} {
		t.Run(c.message, func(t *testing.T) {
			inTime(t, Options{Target: "ssh://host"}, func(t *testing.T, e *engine, s *Session) {
				e.on(toStart, refuse(c.status, c.message))
				ctx := core.WithOperation(t.Context(), "start_container")
				err := wantKind(t, s.Fail(ctx, start(s)(ctx)), c.kind)
				if err.Message != c.message || err.Op != "start_container" || err.Target != "ssh://host" {
					t.Errorf("%+v", err)
				}
				if full := err.Details["reason"] == "disk_full"; full != (c.message == "write /var/lib/docker/x: no space left on device") {
					t.Errorf("details %v", err.Details)
				}
				if away := err.Details["reason"] == ContainerdAway; away != strings.HasSuffix(c.message, ": unavailable") {
					t.Errorf("details %v", err.Details)
				}
			})
		})
	}
}

// TestWhatTheConnectionGives: what breaks, or was never there, before there is an answer.
func TestWhatTheConnectionGives(t *testing.T) {
	for name, c := range map[string]struct {
		dial    error
		act     action
		end     error // what reading gives at the end of the connection
		kind    core.Kind
		message string
	}{
		"an end before the answer":    {act: drop, kind: core.KindConnectionLost, message: "the connection to the engine ended before its answer"},
		"an end in the answer":        {act: cut, kind: core.KindConnectionLost, message: "unexpected EOF"},
		"no engine":                   {dial: unreachable, kind: core.KindEngineUnreachable, message: unreachable.Message},
		"a refused key":               {dial: core.Errorf(core.KindAuthenticationFailed, "no key is accepted"), kind: core.KindAuthenticationFailed, message: "no key is accepted"},
		"a refused certificate":       {act: drop, end: errors.New("remote error: tls: bad certificate"), kind: core.KindAuthenticationFailed, message: "check cert.pem and key.pem"},
		"a dialer's panic":            {dial: errPanics, kind: core.KindInternalError, message: "a defect in ml_nexus_go: panic: boom"},
		"a reset":                     {act: drop, end: syscall.ECONNRESET, kind: core.KindConnectionLost, message: "connection reset by peer"},
		"an answer that is no JSON":   {act: answer200("<html>"), kind: core.KindEngineError, message: "invalid character"},
		"an engine that speaks TLS":   {act: plain(400, "Client sent an HTTP request to an HTTPS server.\n"), kind: core.KindEngineUnreachable, message: "set DOCKER_TLS_VERIFY=1"},
		"a proxy that finds no one":   {act: plain(502, "Bad Gateway"), kind: core.KindEngineError, message: "Bad Gateway"},
		"an answer with no words":     {act: plain(500, ""), kind: core.KindEngineError, message: "request returned 500"},
		"an answer that is not there": {act: plain(404, ""), kind: core.KindNotFound, message: "404"},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				e.setAway(c.dial)
				e.end = c.end
				if c.act != nil {
					e.on(toLook, c.act)
				}
				_, err := s.API.ContainerInspect(t.Context(), "c")
				wantIn(t, wantKind(t, s.Fail(t.Context(), err), c.kind).Message, c.message)
			})
		})
	}
}

// plain answers as a server that is not an engine.
func plain(status int, text string) action {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

// TestAStreamThatIsRefused: docker's client passes on the status only.
func TestAStreamThatIsRefused(t *testing.T) {
	for status, kind := range map[int]core.Kind{
		404: core.KindContainerNotFound, 409: core.KindContainerNotRunning, 500: core.KindEngineError, 400: core.KindEngineError,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				e.on("POST /containers/c/attach", refuse(status, "the reason is not passed on"))
				_, err := Upgrade(t.Context(), func(ctx context.Context) (types.HijackedResponse, error) {
					return s.API.ContainerAttach(ctx, "c", container.AttachOptions{Stream: true})
				})
				wantKind(t, s.Fail(t.Context(), err), kind)
			})
		})
	}
}

// TestAStreamThatIsNotAnsweredEndsWithItsCaller: docker's client reads the answer without
// looking at its context.
func TestAStreamThatIsNotAnsweredEndsWithItsCaller(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		e.on("POST /session", hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := s.DialEndpoint(ctx, "/session", "h2c", nil)
		wantKind(t, err, core.KindOperationTimeout)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestTheEndOfTheCallerWins over what it caused.
func TestTheEndOfTheCallerWins(t *testing.T) {
	live, cancelled := context.Background(), ended(nil)
	limited := ended(core.Errorf(core.KindOperationTimeout, "not done after 5 s"))
	late, cancel := context.WithDeadline(live, time.Time{})
	defer cancel()
	broke := errors.New("read: connection reset by peer")
	said := core.Errorf(core.KindCancelled, "cancelled; the container may still run").With("may_still_run", true)
	bug := core.Errorf(core.KindInternalError, "a bug")
	for name, c := range map[string]struct {
		ctx     context.Context
		err     error
		kind    core.Kind
		message string
	}{
		"nothing ended":                {live, bug, core.KindInternalError, "a bug"},
		"an error of any kind":         {live, broke, core.KindEngineError, broke.Error()},
		"a cancelled caller":           {cancelled, broke, core.KindCancelled, "cancelled"},
		"a time limit":                 {limited, broke, core.KindOperationTimeout, "not done after 5 s"},
		"a deadline without a reason":  {late, broke, core.KindOperationTimeout, "not done in time"},
		"more is known about the end":  {cancelled, said, core.KindCancelled, said.Message},
		"and under another limit":      {limited, said, core.KindCancelled, said.Message},
		"a bug is told whatever ended": {cancelled, bug, core.KindInternalError, "a bug"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Translate(c.ctx, c.err); got.Kind != c.kind || got.Message != c.message {
				t.Errorf("%s: %s", got.Kind, got.Message)
			}
		})
	}
}

// TestADefectIsSaidToBeOne, wherever it was: not to be a fault of the engine, which would be
// asked again.
func TestADefectIsSaidToBeOne(t *testing.T) {
	for name, ctx := range map[string]context.Context{"at work": context.Background(), "at the end": ended(nil)} {
		t.Run(name, func(t *testing.T) {
			err := Translate(ctx, fmt.Errorf("sending a folder: %w", &guard.Panic{Value: "boom", Stack: []byte("where")}))
			if err.Kind != core.KindInternalError || err.Details["stack"] != "where" || EngineLost(err) {
				t.Errorf("%+v", err)
			}
			wantIn(t, err.Message, "a defect in ml_nexus_go: panic: boom")
		})
	}
}

func ended(cause error) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	return ctx
}

// TestFailNamesWhatWasNot named before, and changes nobody's error.
func TestFailNamesWhatWasNot(t *testing.T) {
	inTime(t, Options{Target: "ssh://host"}, func(t *testing.T, _ *engine, s *Session) {
		ctx := core.WithOperation(t.Context(), "exec_container")
		if s.Fail(ctx, nil) != nil {
			t.Error("no error has become one")
		}
		of := &core.Error{Kind: core.KindConflict, Op: "inner", Message: "m"}
		err := wantKind(t, s.Fail(ctx, of), core.KindConflict)
		if err.Op != "inner" || err.Target != "ssh://host" || of.Target != "" {
			t.Errorf("%+v of %+v", err, of)
		}
	})
}

// TestADeadPeerIsALostConnection, and what the same numbers say about a file is not.
func TestADeadPeerIsALostConnection(t *testing.T) {
	for _, number := range []syscall.Errno{syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		for op, lost := range map[string]bool{"read": true, "write": true, "dial": false} {
			err := &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, number)}
			if AnswerLost(fmt.Errorf("asking: %w", err)) != lost {
				t.Errorf("%v: lost is %v", err, !lost)
			}
		}
		if AnswerLost(&os.PathError{Op: "read", Path: "/x", Err: number}) {
			t.Errorf("a file's %v is taken for a lost connection", number)
		}
	}
}
