package core

import "io"

// Streams connects an operation to its caller. A Write that blocks slows the
// container: nothing is buffered without bound.
type Streams struct {
	// Stdin is nil where the caller has no input. It is closed by the caller.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LetThrough, where set, lets output through that its reader has not asked for: as much
	// as a process can have left behind when it ended. With drop, what is beyond that is
	// dropped, and no Write blocks any more.
	LetThrough func(drop bool)
	// Event, where set, gets one of the event types of this package as it happens.
	Event func(event any)
}

// Emit sends an event where somebody listens.
func (s Streams) Emit(event any) {
	if s.Event != nil {
		s.Event(event)
	}
}

// StartedEvent tells that a process was started and how to reach it. (Of a durable
// exec, which outlives its caller: that it is about to be.)
type StartedEvent struct {
	Event       string `json:"event"` // "started"
	ContainerID string `json:"container_id"`
	// ExecID is set for an exec: what ExecResize and ExecSignal take.
	ExecID string `json:"exec_id,omitempty"`
	TTY    bool   `json:"tty"`
}

// WarningEvent carries a warning of the engine or of this client.
type WarningEvent struct {
	Event   string `json:"event"` // "warning"
	Message string `json:"message"`
}

// Progress of a transfer. Total is -1 where it is not known.
type Progress struct {
	Event string `json:"event"` // "progress"
	Done  int64  `json:"done"`  // bytes
	Total int64  `json:"total"` // bytes
	Files int64  `json:"files"`
}
