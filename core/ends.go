package core

import (
	"context"
	"errors"
)

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
