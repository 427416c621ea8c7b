package treetest

import (
	"runtime"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Memory gives the most bytes of the heap that were in use while do ran.
func Memory(do func()) (peak uint64) {
	runtime.GC()
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
			return peak
		case <-tick.C:
		}
	}
}
