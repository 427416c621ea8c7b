package treetest

import (
	"runtime"
	"runtime/debug"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Memory returns the most bytes of the heap that were in use while do ran, beyond those that
// were before. Garbage is collected early, so that it is what was held that counts.
func Memory(do func()) (peak uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	guard.Go(func() {
		defer close(done)
		do()
	}, nil)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
		select {
		case <-done:
			return peak - min(peak, before.HeapInuse)
		case <-tick.C:
		}
	}
}
