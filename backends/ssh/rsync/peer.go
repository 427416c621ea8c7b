package rsync

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// peer is the host's rsync of one session, whichever side it is.
type peer struct {
	in       *input
	out      *output
	sum      algorithm
	seed     int32
	reads    indices
	sends    indices
	issues   *hostfiles.Issues
	root     string                          // what its messages have in front of paths
	notSent  atomic.Pointer[func(ndx int32)] // gets the number of a file that it does not send
	ioErrors atomic.Uint32
	reported once // paths with an issue
	exit     atomic.Int32
	fatal    atomic.Pointer[error] // what ends everything, as the host said it
	notEmpty once
	saidMu   sync.Mutex
	said     []string
	heard    chan struct{} // closed at the end of stderr
}

func newPeer(issues *hostfiles.Issues, root string) *peer {
	return &peer{issues: issues, root: root, reads: newIndices(), sends: newIndices()}
}

// begin agrees on the protocol. Until stop is called, the session ends with the context.
func (p *peer) begin(ctx context.Context, r io.Reader, w io.Writer, stderr io.Reader, abandon func()) (stop func() bool, err error) {
	p.heard = p.listen(stderr)
	stop = guard.OnDone(ctx, abandon)
	err = p.greet(r, w)
	stop()
	if err != nil {
		return nil, err
	}
	return guard.OnDone(ctx, func() {
		p.in.end(context.Cause(ctx))
		p.out.abort()
		select {
		case <-p.out.done:
		case <-time.After(patience):
			abandon()
		}
	}), nil
}

func (p *peer) setNotSent(do func(ndx int32)) { p.notSent.Store(&do) }

// patience is how long the host's rsync may take to report what ended it, on a busy host, too.
const patience = 10 * time.Second

// explain returns what the host says about the error that ended the session.
func (p *peer) explain(err error) error {
	if p.exit.Load() == 0 { // it ended, or never began: programs around it may say why
		select {
		case <-p.heard:
		case <-time.After(patience):
		}
	}
	return p.judge(err)
}

// judge prefers the host's messages to the error that ended the session.
func (p *peer) judge(err error) error {
	if fatal := p.fatal.Load(); fatal != nil {
		return fileerr.At(p.root, *fatal)
	}
	exit := p.exit.Load()
	if exit == exitPartial || exit == exitVanished || exit == 0 && err == nil {
		return err
	}
	complaints := p.complaints()
	if err != nil && exit == 0 && complaints == "" {
		return err
	}
	return core.Errorf(core.KindEngineError, "the host's rsync failed (code %d): %s", exit, complaints)
}

// Exit codes of a sync that did everything else.
const (
	exitPartial  = 23
	exitVanished = 24
)
