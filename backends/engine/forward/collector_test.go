package forward

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestTheCollectorRestsWhilePortsAreForwarded, until the last of them ends.
func TestTheCollectorRestsWhilePortsAreForwarded(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	rests := func() bool {
		runtime.GC() // that plans the next one
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.NextGC >= 2*spareHeap
	}
	for i, c := range []struct {
		do   func()
		want bool
	}{{func() {}, false}, {spare.take, true}, {spare.take, true}, {spare.give, true}, {spare.give, false}} {
		if c.do(); rests() != c.want {
			t.Errorf("step %d: it rests: %v", i, !c.want)
		}
	}
}
