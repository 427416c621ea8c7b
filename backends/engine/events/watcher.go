// Package events follows what happens on an engine, through lost connections: no event comes
// twice, and where one may be missing, that is said. It imports core, filterargs and session.
package events

import (
	"context"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Watcher implements core.Events.
type Watcher struct{ session *session.Session }

var _ core.Events = (*Watcher)(nil)

// New returns the Watcher of a session.
func New(s *session.Session) *Watcher { return &Watcher{s} }

// known are docker's filters of events.
var known = []string{
	"config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume",
}

// Events implements core.Events.
func (w *Watcher) Events(ctx context.Context, req core.EventsRequest, s core.Streams) error {
	called := time.Now().Add(-time.Duration(req.WaitedSeconds * float64(time.Second)))
	f, invalid := w.follower(req, called)
	return w.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		// The engine drops events that nobody reads, and does not say so: they are read at
		// once, however slow the caller is.
		guard.Go(func() { f.out.end(f.follow(ctx)) }, func(p *guard.Panic) { f.out.end(p) })
		err := f.out.deliver(ctx, s.Stdout)
		stop()
		<-f.out.ended
		return err
	})
}

func (w *Watcher) follower(req core.EventsRequest, called time.Time) (*follower, error) {
	wanted, err := filterargs.Checked(req.Filters, known...)
	if err != nil {
		return nil, err
	}
	since, err := parseMoment("since", req.Since)
	if err != nil {
		return nil, err
	}
	until, err := parseMoment("until", req.Until)
	if err != nil {
		return nil, err
	}
	return &follower{
		session: w.session, filters: wanted, called: called, asked: span{since, until}, out: newBacklog(), seen: newRecent(),
	}, span{since, until}.check()
}
