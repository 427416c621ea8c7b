package build

import (
	"net"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

const (
	// After so many writes in quick succession, data waits to be sent together with more: a
	// single answer never waits.
	gatherAfter  = 8
	gatherWithin = 200 * time.Microsecond
	gatherFor    = 300 * time.Microsecond
	// gatherEnough bytes do not wait; a Write blocks while gatherMost are waiting.
	gatherEnough, gatherMost = 64 << 10, 256 << 10
	// lastFlush bounds how long Close waits for a peer that reads nothing.
	lastFlush = time.Second
)

// gatheredConn joins what is written in quick succession. (A session writes each message
// separately, and a context is a message for each file.)
type gatheredConn struct {
	net.Conn
	closing sync.Once
	done    chan struct{} // closed when all is written, or nothing more can be
	hurry   chan struct{}

	mu      sync.Mutex
	changed *sync.Cond
	waiting []byte
	closed  bool
	err     error
}

func gather(conn net.Conn) net.Conn {
	c := &gatheredConn{Conn: conn, done: make(chan struct{}), hurry: make(chan struct{}, 1)}
	c.changed = sync.NewCond(&c.mu)
	guard.Go(c.flush, func(p *guard.Panic) {
		c.fail(p)
		_ = conn.Close()
	})
	return c
}

// Write copies p; a later Write returns the error of sending it.
func (c *gatheredConn) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) >= gatherMost && c.err == nil && !c.closed {
		c.changed.Wait()
	}
	switch {
	case c.err != nil:
		return 0, c.err
	case c.closed:
		return 0, net.ErrClosed
	}
	c.waiting = append(c.waiting, p...)
	c.changed.Broadcast()
	if len(c.waiting) >= gatherEnough {
		c.tellHurry()
	}
	return len(p), nil
}

func (c *gatheredConn) tellHurry() {
	select {
	case c.hurry <- struct{}{}:
	default:
	}
}

func (c *gatheredConn) flush() {
	defer close(c.done)
	pause := time.NewTimer(0)
	defer pause.Stop()
	var spare []byte
	soon := 0
	for {
		ready := time.Now()
		data := c.take(spare[:0])
		if data == nil {
			return
		}
		if soon++; time.Since(ready) > gatherWithin {
			soon = 0
		}
		if _, err := c.Conn.Write(data); err != nil {
			c.fail(err)
			return
		}
		spare = data
		if soon < gatherAfter {
			continue
		}
		pause.Reset(gatherFor)
		select {
		case <-pause.C:
		case <-c.hurry:
		}
	}
}

// take waits for something to send; it returns nil when there will be nothing more.
func (c *gatheredConn) take(next []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) == 0 && !c.closed {
		c.changed.Wait()
	}
	if len(c.waiting) == 0 {
		return nil
	}
	data := c.waiting
	c.waiting = next
	c.changed.Broadcast()
	return data
}

func (c *gatheredConn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	c.changed.Broadcast()
}

// Close sends what waits before it closes the connection.
func (c *gatheredConn) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		c.mu.Lock()
		c.closed = true
		c.changed.Broadcast()
		c.mu.Unlock()
		c.tellHurry()
		select {
		case <-c.done:
		case <-time.After(lastFlush):
		}
		err = c.Conn.Close()
	})
	return err
}
