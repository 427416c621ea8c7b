package session

import (
	"context"
	"errors"
	"regexp"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Fail makes any error of an operation a *core.Error that names the operation and the target. The
// end of ctx wins over what it caused.
func (s *Session) Fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if s.closed.Err() != nil && errors.Is(err, context.Canceled) {
		err = core.ClosedError() // the transport ended during a request
	}
	out := Translate(ctx, err)
	clone := *out
	if clone.Op == "" {
		clone.Op = core.OperationName(ctx)
	}
	if clone.Target == "" {
		clone.Target = s.opts.Target
	}
	s.withReason(&clone)
	return &clone
}

// Translate makes any error a *core.Error. The end of ctx wins over what it caused.
func Translate(ctx context.Context, err error) *core.Error {
	var known *core.Error
	var p *guard.Panic
	if errors.As(err, &p) && !errors.As(err, &known) {
		return core.FromPanic(p)
	}
	if ctx.Err() != nil && core.KindOf(err) != core.KindInternalError {
		end := core.ContextError(ctx, "")
		if errors.As(err, &known) && (known.Kind == end.Kind || known.Kind == core.KindCancelled || known.Kind == core.KindOperationTimeout) {
			return known
		}
		return end
	}
	if errors.As(err, &known) {
		return known
	}
	message := EngineMessage(err)
	if status := upgradeRefused.FindStringSubmatch(message); status != nil {
		return refusedUpgrade(status[1], err)
	}
	as := func(kind core.Kind) *core.Error {
		return &core.Error{Kind: kind, Message: message, Err: err}
	}
	switch {
	case strings.Contains(message, "remote error: tls:"):
		// With TLS 1.3 a server refuses a client's certificate after the handshake.
		return &core.Error{Kind: core.KindAuthenticationFailed, Err: err,
			Message: "the engine refused this client's certificate (" + message + "): check cert.pem and key.pem in DOCKER_CERT_PATH"}
	case strings.Contains(message, "sent an HTTP request to an HTTPS server"):
		return &core.Error{Kind: core.KindEngineUnreachable, Err: err,
			Message: "the engine speaks TLS only: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or give tls="}
	case ConnectionBroke(err):
		return &core.Error{Kind: core.KindConnectionLost, Err: err,
			Message: "the connection to the engine ended before its answer: " + message}
	case client.IsErrConnectionFailed(err):
		return as(core.KindEngineUnreachable)
	case cerrdefs.IsNotFound(err):
		return as(notFoundKind(message))
	case cerrdefs.IsConflict(err):
		if notRunning.MatchString(message) {
			return as(core.KindContainerNotRunning)
		}
		return as(core.KindConflict)
	case cerrdefs.IsInvalidArgument(err):
		return as(core.KindInvalidArgument)
	case cerrdefs.IsUnauthorized(err):
		return as(core.KindRegistryAuthError)
	case cerrdefs.IsPermissionDenied(err):
		return as(core.KindPermissionDenied)
	case cerrdefs.IsNotImplemented(err):
		return as(core.KindEngineError)
	}
	return translateText(message, as)
}

// translateText classifies answers that engines send with status 500.
func translateText(message string, as func(core.Kind) *core.Error) *core.Error {
	switch {
	case notRunning.MatchString(message):
		return as(core.KindContainerNotRunning)
	case imageGone(message):
		return as(core.KindImageNotFound)
	case strings.Contains(message, "no space left on device"):
		return as(core.KindEngineError).With("reason", "disk_full")
	case IsContainerdAway(message):
		return as(core.KindEngineError).With("reason", ContainerdAway)
	}
	return as(core.KindEngineError)
}

// ContainerdAway is the reason of an EngineError of an engine whose containerd does not answer it.
const ContainerdAway = "containerd_away"

var containerdAway = regexp.MustCompile(`(?i)(^unavailable: |: unavailable$|connection error: desc = |error reading from server|transport is closing)`)

// IsContainerdAway reports whether an engine says that its containerd did not answer it.
func IsContainerdAway(message string) bool {
	return containerdAway.MatchString(strings.TrimSpace(message))
}

var notRunning = regexp.MustCompile(`(?i)(is not running|is not paused|container .* is (restarting|paused))`)

// IsNotRunning reports whether an engine refused something because a container is not
// running, is paused, or is about to restart.
func IsNotRunning(err error) bool { return notRunning.MatchString(err.Error()) }

// imageGone is what engines without containerd say if another client removes an image while
// they do; the status is 500.
func imageGone(message string) bool { return strings.Contains(message, "unrecognized image ID") }

// IsImageGone reports whether an engine removed no image because there is none, any more.
func IsImageGone(err error) bool {
	return err != nil && (cerrdefs.IsNotFound(err) || imageGone(err.Error()))
}

func notFoundKind(message string) core.Kind {
	lower := strings.ToLower(message)
	switch {
	case strings.Contains(lower, "no such container:"), strings.Contains(lower, "no such container"):
		return core.KindContainerNotFound
	case strings.Contains(lower, "no such image"), strings.Contains(lower, "pull access denied"),
		strings.Contains(lower, "manifest unknown"):
		return core.KindImageNotFound
	case strings.Contains(lower, "could not find the file"):
		return core.KindPathNotFound
	}
	return core.KindNotFound
}

// upgradeRefused is all that docker's client says about a refused stream.
var upgradeRefused = regexp.MustCompile(`unable to upgrade to \S+, received (\d+)`)

func refusedUpgrade(status string, err error) *core.Error {
	switch status {
	case "404":
		return &core.Error{Kind: core.KindContainerNotFound, Message: "the container was removed meanwhile", Err: err}
	case "409":
		return &core.Error{Kind: core.KindContainerNotRunning, Message: "the container does not run, or is paused", Err: err}
	}
	return &core.Error{Kind: core.KindEngineError, Message: "the engine refused to attach (HTTP status " + status + ")", Err: err}
}

// EngineMessage returns an error's message without what docker's client puts in front of an engine's answer.
func EngineMessage(err error) string {
	var known *core.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return strings.TrimPrefix(err.Error(), "Error response from daemon: ")
}
