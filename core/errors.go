package core

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Kind classifies what went wrong. The list is closed: bindings map each kind to
// one exception class, so a new kind is a change of the ABI.
type Kind string

// The kinds, as they appear in ERROR frames.
const (
	KindInvalidArgument      Kind = "InvalidArgument"
	KindNotFound             Kind = "NotFound"
	KindContainerNotFound    Kind = "ContainerNotFound"
	KindImageNotFound        Kind = "ImageNotFound"
	KindContextNotFound      Kind = "ContextNotFound"
	KindPathNotFound         Kind = "PathNotFound"
	KindConflict             Kind = "Conflict"
	KindContainerNotRunning  Kind = "ContainerNotRunning"
	KindCommandFailed        Kind = "CommandFailed"
	KindBuildFailed          Kind = "BuildFailed"
	KindRegistryError        Kind = "RegistryError"
	KindRegistryAuthError    Kind = "RegistryAuthError"
	KindEngineError          Kind = "EngineError"
	KindEngineUnreachable    Kind = "EngineUnreachable"
	KindConnectionLost       Kind = "ConnectionLost"
	KindAuthenticationFailed Kind = "AuthenticationFailed"
	KindHostKeyUnknown       Kind = "HostKeyUnknown"
	KindHostKeyChanged       Kind = "HostKeyChanged"
	KindPermissionDenied     Kind = "PermissionDenied"
	KindOperationTimeout     Kind = "OperationTimeout"
	KindCancelled            Kind = "Cancelled"
	KindClientClosed         Kind = "ClientClosed"
	KindNodeLost             Kind = "NodeLost"
	KindInternalError        Kind = "InternalError"
)

// Error is the only error type that leaves a backend. Message says what was wrong
// and what to do about it; it never holds a secret. Details are JSON values that a
// program may need (exit code, path, fingerprint).
type Error struct {
	Kind    Kind           `json:"kind"`
	Op      string         `json:"op"`
	Target  string         `json:"target,omitempty"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
	Err     error          `json:"-"`
}

// Error returns the message with the operation and the target in front.
func (e *Error) Error() string {
	switch {
	case e.Op == "":
		return e.Message
	case e.Target == "":
		return e.Op + ": " + e.Message
	default:
		return e.Op + " on " + e.Target + ": " + e.Message
	}
}

// Unwrap returns the cause. It is never an io.EOF: a lost connection may end with one, and whoever
// reads would take it for the end of what was to be read.
func (e *Error) Unwrap() error {
	if errors.Is(e.Err, io.EOF) {
		return lostEnd{e.Err}
	}
	return e.Err
}

// lostEnd is an error with an io.EOF in it that nobody finds.
type lostEnd struct{ error }

// Is implements what errors.Is looks for.
func (l lostEnd) Is(target error) bool { return target != io.EOF && errors.Is(l.error, target) }

// As implements what errors.As looks for.
func (l lostEnd) As(target any) bool { return errors.As(l.error, target) }

// With returns e after adding one detail.
func (e *Error) With(key string, value any) *Error {
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details[key] = value
	return e
}

// Errorf makes an Error of a kind. A %w verb sets the cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: err.Error(), Err: errors.Unwrap(err)}
}

// FromPanic returns the error for a panic, which is a defect of ours.
func FromPanic(p *guard.Panic) *Error {
	err := Errorf(KindInternalError, "a defect in ml_nexus_go: %w: please report it with the stack in details", p)
	return err.With("stack", string(p.Stack))
}

// KindOf returns the kind of err, or "" for nil and for foreign errors.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// ClosedError is the error of using a closed client.
func ClosedError() *Error {
	return Errorf(KindClientClosed, "the client is closed: open another with connect()")
}

// ContextError is why ctx ended: its cause if that is an Error, OperationTimeout if its time
// is over, and Cancelled otherwise. doing says what was under way ("connecting to gpu7"); ""
// says nothing.
func ContextError(ctx context.Context, doing string) *Error {
	cause := context.Cause(ctx)
	var known *Error
	if errors.As(cause, &known) {
		return known
	}
	if doing != "" {
		doing += ": "
	}
	err := Errorf(KindCancelled, "%scancelled", doing)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = Errorf(KindOperationTimeout, "%snot done in time", doing)
	}
	err.Err = cause
	return err
}
