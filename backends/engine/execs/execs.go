// Package execs runs processes in running containers: it starts them, follows their streams,
// signals and ends them, and keeps durable ones apart from the connection. It imports core,
// session, streams and containerinfo.
package execs

import (
	"context"
	"time"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// Execs is the execs of one client.
type Execs struct {
	// EndPatience is how long a process must be missing before its end counts as lost, while the
	// engine comes to know no other end.
	EndPatience time.Duration
	// ExitGrace is how long an exit code may take to come by an event, before the engine is asked.
	ExitGrace time.Duration

	session *session.Session
	api     *client.Client
	asRoot  SignalAsRoot
	exits   *exits
	missing *missings
	lists   *lists
}

// SignalAsRoot signals the processes of a container that have a variable (NAME=value) in
// their environment, as root and from outside, and returns what the agent said: how many got
// the signal, and how many did not.
type SignalAsRoot func(ctx context.Context, container, variable, signal string) (said string, err error)

// New returns the execs of a session. asRoot is nil if the caller does not allow more rights
// than an exec's own.
func New(s *session.Session, asRoot SignalAsRoot) *Execs {
	return &Execs{
		EndPatience: endPatience, ExitGrace: exitGrace, session: s, api: s.API, asRoot: asRoot,
		exits: &exits{session: s, awaited: map[string]chan int{}}, missing: &missings{execs: map[*missing]bool{}}, lists: &lists{pending: map[string]*list{}},
	}
}
