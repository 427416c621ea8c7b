package engine

import (
	"testing"
	"time"

	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestAgesOfLogsAreExact: an age of nothing is now, and not the beginning of this second.
func TestAgesOfLogsAreExact(t *testing.T) {
	before := time.Now()
	options, err := logsOptions(core.LogsRequest{Container: "x", Since: "0.25s", Until: "0.000000s"})
	if err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	for stamp, age := range map[string]time.Duration{options.Since: 250 * time.Millisecond, options.Until: 0} {
		seconds, nanos, err := timetypes.ParseTimestamps(stamp, 0)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(seconds, nanos)
		if at.Before(before.Add(-age)) || at.After(after.Add(-age)) {
			t.Errorf("an age of %v is %v, between %v and %v", age, at, before, after)
		}
	}
}
