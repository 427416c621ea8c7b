// Package attach reads and feeds the streams of containers, those of runs and those that run
// already, until they end. After a lost connection it reads on from their logs. It imports core,
// containerinfo, session and streams.
package attach

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// Attacher implements core.Attachments.
type Attacher struct {
	session *session.Session
	watch   Watch
}

var _ core.Attachments = (*Attacher)(nil)

// Watch makes sure that what signals a container is not blocked by a reader of its streams,
// until the returned function is called.
type Watch func(ctx context.Context, id, name string, s core.Streams) (over func())

// New returns the Attacher of a session.
func New(s *session.Session, watch Watch) *Attacher { return &Attacher{s, watch} }

// Container is a container, and which of its streams are attached.
type Container struct {
	ID                         string
	TTY, Stdin, Stdout, Stderr bool
	DetachKeys                 string
	// InputStays says that the container's input does not end with what is attached to it.
	InputStays bool

	// Of one that ran already: what a restart would change, and where its output begins.
	restarts  int
	startedAt string
	start     start
	asLogged  bool // the caller asked for what the log has, be it exact or not
}

// HasOneInput reports whether the engine ends the container's input with the first attachment that
// has one: also with one whose answer was lost.
func (c *Container) HasOneInput() bool { return c.Stdin && !c.TTY && !c.InputStays }

// hasOutput reports whether the caller gets any output.
func (c *Container) hasOutput() bool { return c.Stdout || c.Stderr }

func (c *Container) logOptions(follow bool) container.LogsOptions {
	return container.LogsOptions{ShowStdout: c.Stdout, ShowStderr: c.Stderr, Follow: follow, Since: c.start.since}
}

// ToEnd moves the streams until the container has ended, through lost connections.
func (r *Attacher) ToEnd(ctx context.Context, c *Container, a *Attachment, s core.Streams) (container.WaitResponse, error) {
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	input := streams.TrackInput(s.Stdin)
	attached, over := context.WithCancel(ctx)
	defer over()
	input.Confirm(attached, a.delivered(r.session))
	pumped := streams.Pumping(attached, a.stream, c.TTY, core.Streams{Stdin: c.endless(ctx, input), Stdout: out, Stderr: errOut})
	response, err := a.await(ctx, pumped, over)
	if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
		return response, err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if cut := c.withoutInput(ctx, input, s.Emit, err, end); cut != nil {
		return response, cut
	}
	response.StatusCode, err = r.reattach(ctx, c, out, errOut, s.Emit, err)
	if err != nil && ctx.Err() != nil {
		err = core.ContextError(ctx, "")
	}
	return response, err
}
