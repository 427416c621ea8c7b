package forward

import "sync"

// What passes through a port over SSH leaves garbage, 32 KiB with each packet, over a heap of a
// few MB. Go's collector runs when the heap has doubled: hundreds of times for each GB, which took
// a quarter of this process's time. While ports are forwarded, a block that nobody touches, and that
// takes no memory for that reason, makes the heap count as larger. Unlike GOGC, which is the
// caller's, that adds a bounded amount.

// spareHeap is that block's size, and how much more garbage there may be.
const spareHeap = 16 << 20

// spare is the process's: forwardings share it.
var spare ballast

// ballast is a block that is there as long as somebody uses it.
type ballast struct {
	mu    sync.Mutex
	users int
	held  []byte
}

func (b *ballast) take() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.users++; b.users == 1 {
		b.held = make([]byte, spareHeap)
	}
}

func (b *ballast) give() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.users--; b.users == 0 {
		b.held = nil
	}
}
