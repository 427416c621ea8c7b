package sshconn

import "time"

// State is the state of a connection.
type State string

// The states. In StateIdle and StateLost the next use begins to connect.
const (
	StateIdle       State = "idle"
	StateConnecting State = "connecting"
	StateUp         State = "up"
	StateLost       State = "lost"
	StateClosed     State = "closed"
)

// Status is a state with its history.
type Status struct {
	State State
	Since time.Time
	// Epoch counts the connections made so far: two streams with the same epoch went
	// over the same connection.
	Epoch int
	// Err is why the connection was lost or failed.
	Err error
}

// Status returns the state of the connection. changed is closed at the next change: ask
// again then. A stream's own end (ConnectionLost) comes at the same time.
func (c *Connection) Status() (status Status, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status, c.changed
}

// setStatus is called with c.mu held.
func (c *Connection) setStatus(state State, err error) {
	c.status.State, c.status.Since, c.status.Err = state, time.Now(), err
	close(c.changed)
	c.changed = make(chan struct{})
}
