package core

import (
	"io"
	"time"
)

// Streams connects an operation to its caller. A Write that blocks slows the
// container: nothing is buffered without bound.
type Streams struct {
	// Stdin is nil if the caller has no input. The caller closes it.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LetThrough, if set, lets output through that its reader has not asked for: as much
	// as a process can have left behind when it ended. With drop, the rest is dropped,
	// and no Write blocks any more.
	LetThrough func(drop bool)
	// Event, if set, gets the event types of this package as they happen.
	Event func(event any)
}

// Emit sends an event if somebody listens.
func (s Streams) Emit(event any) {
	if s.Event != nil {
		s.Event(event)
	}
}

// InputEvent reports that the process reads what the caller writes. It precedes the
// StartedEvent of a run or an exec whose options were to decide that.
type InputEvent struct {
	Event string `json:"event"` // "input"
}

// StdinByOptions returns the streams of a process that reads input if interactive, after
// telling the caller.
func (s Streams) StdinByOptions(interactive bool) Streams {
	if interactive {
		s.Emit(InputEvent{"input"})
	} else {
		s.Stdin = nil
	}
	return s
}

// StartedEvent reports that a process was started and how to reach it. (Of a durable
// exec, which outlives its caller: that it is about to be.)
type StartedEvent struct {
	Event       string `json:"event"` // "started"
	ContainerID string `json:"container_id"`
	// ExecID is set for an exec: what ExecResize and ExecSignal take.
	ExecID string `json:"exec_id,omitempty"`
	TTY    bool   `json:"tty"`
}

// ReconnectedEvent reports that an operation waited for a lost engine, and goes on.
type ReconnectedEvent struct {
	Event   string  `json:"event"`   // "reconnected"
	Reason  string  `json:"reason"`  // why the connection was lost, or the last attempt failed
	Seconds float64 `json:"seconds"` // how long the engine did not answer
}

// WaitingEvent reports that a run waits for a place in a fleet, and why: in Swarm's words.
type WaitingEvent struct {
	Event  string `json:"event"` // "waiting"
	Reason string `json:"reason"`
}

// RescheduledEvent reports that the node of a run was lost, and that the run begins again elsewhere:
// the output before it is that of the attempt that was lost.
type RescheduledEvent struct {
	Event       string `json:"event"` // "rescheduled"
	Node        string `json:"node"`
	ContainerID string `json:"container_id,omitempty"` // "" if none was made
	Reason      string `json:"reason"`
}

// WarningEvent carries a warning from the engine or from this client.
type WarningEvent struct {
	Event   string `json:"event"` // "warning"
	Message string `json:"message"`
}

// ProgressInterval is the least time between two reports about one thing.
const ProgressInterval = 100 * time.Millisecond

// Progress reports how far an operation has come. Total is -1 if it is unknown.
type Progress struct {
	Event string `json:"event"` // "progress"
	Done  int64  `json:"done"`  // bytes
	Total int64  `json:"total"` // bytes
	Files int64  `json:"files"`
}
