package session

import (
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
)

// ConnectionBroke reports whether err, as a library gave it, is of a connection that was
// there and broke, rather than of one that was never made.
func ConnectionBroke(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// AnswerLost reports whether an answer did not arrive because the connection broke: the
// engine may have done what it was asked, or not. Asking again may help.
func AnswerLost(err error) bool {
	if errors.Is(err, errFinal) {
		return false
	}
	return core.KindOf(err) == core.KindConnectionLost || (core.KindOf(err) == "" && ConnectionBroke(err))
}

// EngineLost reports whether the answer was lost or the engine is unreachable: what it was
// doing may go on.
func EngineLost(err error) bool {
	return AnswerLost(err) || core.KindOf(err) == core.KindEngineUnreachable || (core.KindOf(err) == "" && client.IsErrConnectionFailed(err))
}

// errFinal marks a ConnectionLost that trying again does not help.
var errFinal = errors.New("final")

// Final makes the error of a lost connection that cannot be made good by trying again.
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
