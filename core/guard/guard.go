// Package guard starts all goroutines of the project: at once by Go and Group, later by
// AfterFunc and OnDone. A panic in any other goroutine would end the Python process that
// loaded the library. Functions that libraries call in goroutines of their own therefore
// begin with Recover.
package guard

import (
	"fmt"
	"runtime/debug"
)

// Panic is a recovered panic as an error.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Go runs fn in a new goroutine. A panic in it is passed to onPanic, which may be
// nil if nothing waits for fn.
func Go(fn func(), onPanic func(*Panic)) {
	go func() {
		if p := Call(fn); p != nil && onPanic != nil {
			onPanic(p)
		}
	}()
}

// Call runs fn here and returns its panic, or nil.
func Call(fn func()) (p *Panic) {
	defer func() {
		if v := recover(); v != nil {
			p = &Panic{Value: v, Stack: debug.Stack()}
		}
	}()
	fn()
	return nil
}
