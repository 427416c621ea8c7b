package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// defaultSocket is where docker listens unless told otherwise.
const defaultSocket = "/var/run/docker.sock"

// way is how to get to the engine: stream-local forwarding to a socket, or a command
// that connects its standard input and output to the engine.
type way struct {
	socket  string
	command string
	first   string // what the command gets by its stdin before the stream begins
}

// router finds the way once and remembers it, also over a new connection.
type router struct {
	mu     sync.Mutex
	known  *way
	search *attempt.Shared[*found]
}

// found is what a search has come to.
type found struct {
	way   way
	first net.Conn // opened on the way, for one of the callers; router.mu guards it
}

// closeFirst lets go of what nobody waits for any longer.
func closeFirst(f *found) {
	if f.first != nil {
		_ = f.first.Close()
	}
}

// find returns the way, and where the search has opened a stream, one caller gets that.
func (r *router) find(ctx context.Context, h *Host, l *sshconn.Login) (way, net.Conn, error) {
	if known := r.remembered(); known != nil {
		return *known, nil, nil
	}
	f, err := r.search.Do(ctx, func(ctx context.Context) (*found, error) { return r.look(ctx, h, l) })
	var p *guard.Panic
	switch {
	case err == nil:
		r.mu.Lock()
		defer r.mu.Unlock()
		first := f.first
		f.first = nil
		return f.way, first, nil
	case ctx.Err() != nil:
		return way{}, nil, sshconn.ContextError(ctx, "looking for the engine on "+l.Settings().Alias)
	case errors.As(err, &p):
		return way{}, nil, core.Errorf(core.KindInternalError, "looking for the engine: %w", p)
	}
	return way{}, nil, err
}

func (r *router) remembered() *way {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}

// look searches, unless somebody has found the way since its caller looked.
func (r *router) look(ctx context.Context, h *Host, l *sshconn.Login) (*found, error) {
	if known := r.remembered(); known != nil {
		return &found{way: *known}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.opts.AttemptTime(l.Settings()))
	defer cancel()
	by, first, err := h.findWay(ctx, l)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = &by
	return &found{way: by, first: first}, nil
}

// forget makes the next caller search again.
func (r *router) forget(w way) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known != nil && *r.known == w {
		r.known = nil
	}
}

// findWay looks for the engine as the user there would. It opens the likeliest socket
// at the same time as it looks around, because both take a round trip or two.
func (h *Host) findWay(ctx context.Context, l *sshconn.Login) (way, net.Conn, error) {
	guess := h.opts.Target.Path
	if guess == "" {
		guess = h.usual
	}
	type result struct {
		conn net.Conn
		err  error
	}
	trial := make(chan result, 1)
	guard.Go(func() {
		conn, err := l.OpenSocket(ctx, guess)
		switch {
		case err != nil:
			trial <- result{err: err}
		case h.opts.Target.Path != "":
			trial <- result{conn: conn}
		default: // there is time for a ping, until we know whether the guess is right
			trial <- result{conn: sendPing(conn)}
		}
	}, func(p *guard.Panic) { trial <- result{err: p} })
	if h.opts.Target.Path != "" {
		r := <-trial
		if r.err == nil {
			return way{socket: guess}, r.conn, nil
		}
		if !sshconn.IsRejected(r.err) {
			return way{}, nil, r.err
		}
		return h.afterRefusal(ctx, l, guess, r.err, nil)
	}
	seen, lookErr := h.look(ctx, "")
	r := <-trial
	if r.err != nil && !sshconn.IsRejected(r.err) {
		return way{}, nil, r.err
	}
	if lookErr != nil {
		return h.withoutLook(ctx, l, guess, r.conn, r.err, lookErr)
	}
	socket, found := seen.choose()
	if r.err == nil {
		if socket == guess {
			return way{socket: guess}, r.conn, nil
		}
		_ = r.conn.Close()
	}
	if !found {
		return way{}, nil, seen.problem(l.Settings(), "")
	}
	if socket == "" {
		return h.tryStdio(ctx, l, "", seen)
	}
	if seen := seen.socket(socket); seen == nil || seen.usable {
		conn, err := l.OpenSocket(ctx, socket)
		if err == nil {
			return way{socket: socket}, conn, nil
		}
		r.err = err
	}
	return h.afterRefusal(ctx, l, socket, r.err, &seen)
}

// withoutLook decides where nobody could look around: the socket that was guessed is
// taken only where sshd lets the user run nothing at all, so that no DOCKER_HOST and no
// context can name another engine.
func (h *Host) withoutLook(ctx context.Context, l *sshconn.Login, guess string, conn net.Conn, refusal, lookErr error) (way, net.Conn, error) {
	noCommands := errors.Is(lookErr, sshconn.ErrNoCommands)
	if noCommands && refusal == nil && ctx.Err() == nil {
		h.opts.Warn(fmt.Sprintf("%s lets %s run no commands: the engine at %s is taken for the one to use there. Name it in the target to be sure: ssh://%s%s",
			l.Settings().Alias, l.Settings().User, guess, l.Settings().Alias, guess))
		return way{socket: guess}, conn, nil
	}
	if conn != nil {
		_ = conn.Close()
	}
	switch {
	case ctx.Err() != nil || l.Dropped():
		return way{}, nil, h.lookFailed(ctx, l, lookErr)
	case noCommands:
		return h.afterRefusal(ctx, l, guess, refusal, nil)
	}
	return way{}, nil, core.Errorf(core.KindEngineUnreachable, "which engine to use on %s could not be found out: %s. Name its socket in the target: ssh://%s%s",
		l.Settings().Alias, lookErr, l.Settings().Alias, guess)
}

func (h *Host) lookFailed(ctx context.Context, l *sshconn.Login, err error) error {
	switch {
	case l.Dropped():
		return l.Lost()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return core.Errorf(core.KindEngineUnreachable, "%s let us in, but gave no answer to what we asked in time", l.Settings().Alias)
	}
	return err
}

// afterRefusal finds out why a socket was refused: sshd gives the same answer for a
// forbidden forwarding, a missing socket and a missing permission.
func (h *Host) afterRefusal(ctx context.Context, l *sshconn.Login, socket string, refusal error, seen *lookup) (way, net.Conn, error) {
	if refusal != nil && !sshconn.IsRejected(refusal) {
		return way{}, nil, refusal
	}
	if seen == nil {
		now, err := h.look(ctx, socket)
		if err != nil {
			if ctx.Err() != nil || l.Dropped() {
				return way{}, nil, h.lookFailed(ctx, l, err)
			}
			return way{}, nil, core.Errorf(core.KindEngineUnreachable,
				"the sshd of %s forwards no connection to %s (%v), and runs no command to find out why (%v)", l.Settings().Alias, socket, refusal, err)
		}
		seen = &now
	}
	if s := seen.socket(socket); s == nil || !s.usable {
		return way{}, nil, seen.problem(l.Settings(), socket)
	}
	if seen.docker == "" {
		return way{}, nil, core.Errorf(core.KindEngineUnreachable,
			"the engine of %s at %s cannot be reached: sshd does not forward to its socket, or no engine listens there, and there is no docker command for the other way. Set AllowStreamLocalForwarding yes in its sshd_config, or install the docker CLI there",
			l.Settings().Alias, socket).With("socket", socket)
	}
	by, stdio, err := h.tryStdio(ctx, l, socket, *seen)
	if err != nil {
		return way{}, nil, err
	}
	// An engine that has started since it was refused does not need the command, which costs
	// a session for each stream.
	if conn, refused := l.OpenSocket(ctx, socket); refused == nil {
		_ = stdio.Close()
		return way{socket: socket}, conn, nil
	}
	return by, stdio, nil
}
