package ssh

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// readyShell is for how long a shell is kept ready.
const readyShell = time.Minute

// waitingShell runs the line that comes by its stdin. What comes after that line is the
// command's: read takes no byte more.
const waitingShell = `IFS= read -r line && eval "$line"`

// shells keeps one shell on the host ready after a script has run, for the next one:
// that saves two round trips, and what the login shell of the user there does before it
// runs a command, which can take longer than the command.
type shells struct {
	idleCache[*Process]
	making atomic.Bool
}

// Script starts a line for sh on the host. Where it ran in a shell that was ready, the
// host may have ended that meanwhile: then nothing was done.
func (c *Connection) Script(ctx context.Context, line string) (p *Process, ready bool, err error) {
	if p, ok := c.shells.take(); ok {
		if _, err := io.WriteString(p.Stdin(), oneLine(line)); err == nil {
			return p, true, nil
		}
		p.Close()
	}
	command, first := forLoginShell(line)
	p, err = c.Command(ctx, command)
	if err == nil && first != "" {
		_, err = io.WriteString(p.Stdin(), first)
	}
	return p, false, err
}

// prepare makes a shell ready in the background, where sessions are left.
func (s *shells) prepare(c *Connection) {
	if !s.empty() || !c.sessions.roomy() || !s.making.CompareAndSwap(false, true) {
		return
	}
	guard.Go(func() {
		defer s.making.Store(false)
		if p, err := c.Command(c.life, "exec sh -c "+quote(waitingShell)); err == nil { // whoever needs a shell finds out why not
			s.put(p)
		}
	}, nil)
}
