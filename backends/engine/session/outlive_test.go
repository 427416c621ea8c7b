package session

import (
	"context"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestOutlivedTimeLimitIsTheReason is for a step that goes on for a while after the time
// limit of its operation: when it ends, it was the time limit that ended it.
func TestOutlivedTimeLimitIsTheReason(t *testing.T) {
	limit := core.Errorf(core.KindOperationTimeout, "not done within 1 s")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Nanosecond, limit)
	defer cancel()
	long, end := OutliveBy(ctx, time.Nanosecond)
	defer end()
	<-long.Done()
	if err := core.ContextError(long, ""); err.Kind != core.KindOperationTimeout || err.Message != limit.Message {
		t.Errorf("got %v", err)
	}
}
