package session

import (
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
)

// ConnectionBroke reports whether err, from a library, means that an established connection
// broke, rather than that none was made.
func ConnectionBroke(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return true
	}
	// What the kernel says of a connection whose other end does not answer any more. Of a
	// file these numbers mean something else.
	var network *net.OpError
	return errors.As(err, &network) && network.Op != "dial" &&
		(errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH))
}

// AnswerLost reports whether an answer did not arrive because the connection broke: the
// engine may or may not have executed the request. A retry may help.
func AnswerLost(err error) bool {
	if errors.Is(err, errFinal) {
		return false
	}
	return core.KindOf(err) == core.KindConnectionLost || (core.KindOf(err) == "" && ConnectionBroke(err))
}

// EngineLost reports whether the answer was lost or the engine is unreachable: what it was
// doing may continue.
func EngineLost(err error) bool {
	return AnswerLost(err) || core.KindOf(err) == core.KindEngineUnreachable || (core.KindOf(err) == "" && client.IsErrConnectionFailed(err))
}

// errFinal marks a ConnectionLost for which a retry does not help.
var errFinal = errors.New("final")

// Final returns the error of a lost connection for which a retry does not help.
func Final(format string, args ...any) *core.Error {
	err := core.Errorf(core.KindConnectionLost, format, args...)
	err.Err = errFinal
	return err
}

// MayStillRun reports whether an error says that what an operation started may still run: it
// is left alone, and what can be had of it can be had by its ID.
func MayStillRun(err error) bool {
	var known *core.Error
	return errors.As(err, &known) && known.Details["may_still_run"] == true
}
