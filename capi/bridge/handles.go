package bridge

import (
	"runtime/cgo"
	"sync/atomic"
)

// handles counts the open handles of one kind; the values live in runtime/cgo's table,
// which never uses a number twice.
type handles[T any] struct{ count atomic.Int64 }

func (h *handles[T]) add(value T) uint64 {
	h.count.Add(1)
	return uint64(cgo.NewHandle(value))
}

// get finds a handle's value. A stale, foreign or zero handle is not found.
func (h *handles[T]) get(handle uint64) (value T, ok bool) {
	defer func() {
		if recover() != nil { // Value panics for a handle that does not exist
			ok = false
		}
	}()
	value, ok = cgo.Handle(handle).Value().(T)
	return value, ok
}

// take removes a handle and returns its value. Of two concurrent callers, one gets it.
func (h *handles[T]) take(handle uint64) (value T, ok bool) {
	if value, ok = h.get(handle); !ok {
		return value, false
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	cgo.Handle(handle).Delete()
	h.count.Add(-1)
	return value, true
}
