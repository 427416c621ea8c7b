package execs

import (
	"context"
	"testing"
	"time"
)

// An exit code that comes by no event, or too late, is asked for.
func TestExitCodeWithoutAnEvent(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, tt := range map[string]struct {
		ctx   context.Context
		code  chan int
		grace time.Duration
	}{
		"events are not read": {t.Context(), nil, time.Hour},
		"it comes late":       {t.Context(), make(chan int), time.Millisecond},
		"the call has ended":  {ended, make(chan int), time.Hour},
	} {
		x := &Execs{ExitGrace: tt.grace}
		if code, is := x.exit(tt.ctx, tt.code); is {
			t.Errorf("%s: got %d", name, code)
		}
	}
}
