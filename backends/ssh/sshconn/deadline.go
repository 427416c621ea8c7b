package sshconn

import (
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// deadline is a point in time that can be waited for and moved.
type deadline struct{ *deadlineState }

type deadlineState struct {
	mu      sync.Mutex
	timer   *time.Timer
	moves   int
	expired chan struct{}
}

func newDeadline() deadline {
	return deadline{&deadlineState{expired: make(chan struct{})}}
}

// wait returns a channel that is closed when the deadline has passed.
func (d deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.expired
}

// set moves the deadline; the zero time removes it. then runs when it passes.
func (d deadline) set(t time.Time, then func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moves++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if isClosed(d.expired) {
		d.expired = make(chan struct{})
	}
	if t.IsZero() {
		return
	}
	move := d.moves
	d.timer = guard.AfterFunc(time.Until(t), func() {
		d.mu.Lock()
		current := d.moves == move
		if current {
			close(d.expired)
		}
		d.mu.Unlock()
		if current && then != nil {
			then()
		}
	})
}
