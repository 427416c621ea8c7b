package core

import (
	"context"
	"errors"
	"testing"
)

func TestContextError(t *testing.T) {
	closed, end := context.WithCancelCause(t.Context())
	end(ClosedError())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	for name, c := range map[string]struct {
		ctx     context.Context
		doing   string
		kind    Kind
		message string
		is      error
	}{
		"its cause":       {closed, "reading", KindClientClosed, "the client is closed: open another with connect()", nil},
		"cancelled":       {cancelled, "", KindCancelled, "cancelled", context.Canceled},
		"cancelled doing": {cancelled, "reading", KindCancelled, "reading: cancelled", context.Canceled},
		"late":            {late, "", KindOperationTimeout, "not done in time", context.DeadlineExceeded},
		"late doing":      {late, "reading", KindOperationTimeout, "reading: not done in time", context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			err := ContextError(c.ctx, c.doing)
			if err.Kind != c.kind || err.Message != c.message || !errors.Is(err.Err, c.is) {
				t.Errorf("%q: %q, %v", err.Kind, err.Message, err.Err)
			}
		})
	}
}
