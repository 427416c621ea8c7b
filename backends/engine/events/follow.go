package events

import (
	"context"
	"io"
	"net/url"
	"time"

	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// unnoticed is how long a connection may have been dead when its end is noticed: as long as
// TCP asks in vain.
const unnoticed = 3 * time.Minute

// disorder is how much earlier than asked for the engine is asked from. It does not keep events
// quite in the order of their times, and looks for the first one from the end: one that is out of order
// would hide those before it.
const disorder = 10 * time.Second

// follower reads the events of one call, through lost connections.
type follower struct {
	session *session.Session
	filters filters.Args
	called  time.Time // by this machine's clock
	asked   span
	out     *backlog

	begun        bool
	since, until time.Time // by the engine's clock; until may be zero
	past         bool      // events from before the call are asked for
	// known is a time before which no event is missing: each was read, or is in a gap.
	known time.Time
	seen  recent
}

func (f *follower) follow(ctx context.Context) error { return f.session.Retry(ctx, f.attempt) }

// attempt reads events until the end, or until the connection is lost.
func (f *follower) attempt(ctx context.Context) error {
	clock, err := f.readClock(ctx)
	if err != nil {
		return err
	}
	again := f.begun
	if !again {
		if err := f.begin(ctx, clock); err != nil {
			return err
		}
	}
	stream, err := f.session.Open(ctx, f.path(f.since.Add(-disorder), f.until, f.filters))
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	if again || f.past {
		// The stream is open already: what it will send is at least what the engine keeps now.
		if err := f.findGap(ctx, clock); err != nil {
			return err
		}
	}
	err = eachMessage(stream, f.take)
	if err != nil {
		f.knownUntil(clock.now().Add(-unnoticed), clock)
		return err
	}
	if now := clock.now(); !f.until.IsZero() && !now.Before(f.until) {
		return nil
	}
	f.knownUntil(clock.earliest(time.Now()).Add(-time.Second), clock)
	return io.ErrUnexpectedEOF // the engine ends
}

// begin settles the times that the caller asked for.
func (f *follower) begin(ctx context.Context, clock clock) error {
	now := clock.earliest(f.called)
	f.since, f.past = now, f.asked.since.given
	if f.past {
		f.since = f.asked.since.by(now)
	}
	if f.asked.until.given {
		if f.asked.until.isAge {
			// Engines give those who ask at the same time one answer, which may be old. The next
			// one is from after this question, so that nothing is cut off that happened before.
			next, err := f.readClock(ctx)
			if err != nil {
				return err
			}
			now = next.at.Add(f.called.Sub(clock.read))
		}
		f.until = f.asked.until.by(now)
		if !f.past && !f.until.After(now) {
			f.since = time.Unix(0, 0)
		}
		if err := inOrder(f.since, f.until); err != nil {
			return err
		}
	}
	f.known, f.begun = f.since, true
	return nil
}

// knownUntil notes up to when a stream that has ended brought everything; a time before it was
// opened says nothing.
func (f *follower) knownUntil(t time.Time, opened clock) {
	if t.After(opened.at) && t.After(f.known) {
		f.known = t
	}
}

func (f *follower) take(m message) error {
	early := m.at().Before(f.since) && !m.at().Before(f.since.Add(-disorder))
	if early || !f.seen.add(m.raw) {
		return nil
	}
	if m.at().After(f.known) {
		f.known = m.at()
	}
	f.out.event(m)
	return nil
}

// path is the request for events; until may be zero.
func (f *follower) path(since, until time.Time, wanted filters.Args) string {
	query := url.Values{"since": {stamp(since)}}
	if !until.IsZero() {
		query.Set("until", stamp(until))
	}
	if encoded, err := filters.ToJSON(wanted); err == nil && encoded != "" {
		query.Set("filters", encoded)
	}
	return "/events?" + query.Encode()
}
