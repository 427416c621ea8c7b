package sshconn

import (
	"context"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bounds on streams opened ahead. A server that gets no request closes its end eventually:
// an engine after five minutes.
const (
	maxSpares   = 8
	spareMaxAge = 60 * time.Second
	spareOpens  = 10 * time.Second
)

// spares are streams to one socket that were opened before they are needed: each saves a
// round trip. There is always one, and more for a while after several were needed at once.
type spares struct {
	mu      sync.Mutex
	ready   []spare
	opening int
	want    int
	expiry  *time.Timer
}

type spare struct {
	stream *Stream
	made   time.Time
}

// take returns a spare stream, or nil, and begins to open the next ones.
func (s *spares) take(l *Login, path string) *Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.fill(l, path)
	for len(s.ready) > 0 {
		stream := s.ready[0].stream
		s.ready = s.ready[1:]
		if stream.usable() {
			return stream
		}
		_ = stream.Close()
	}
	s.want = min(s.want*2+1, maxSpares)
	return nil
}

// refill begins to open spares.
func (s *spares) refill(l *Login, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill(l, path)
}

// fill opens what is missing, in the background; s.mu is held.
func (s *spares) fill(l *Login, path string) {
	s.want = max(s.want, 1)
	for len(s.ready)+s.opening < s.want && !l.Dropped() {
		s.opening++
		guard.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), spareOpens)
			defer cancel()
			stream, err := l.OpenSocket(ctx, path)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.opening--
			if err != nil {
				s.want = 1 // whoever dials next gets the error
				return
			}
			if l.Dropped() {
				_ = stream.Close()
				return
			}
			s.ready = append(s.ready, spare{stream, time.Now()})
			if s.expiry == nil {
				s.expiry = guard.AfterFunc(spareMaxAge, func() { s.expire(l, path) })
			}
		}, func(*guard.Panic) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.opening--
		})
	}
}

// close closes all, after the connection has dropped.
func (s *spares) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sp := range s.ready {
		_ = sp.stream.Close()
	}
	s.ready = nil
	if s.expiry != nil {
		s.expiry.Stop()
	}
}

// expire replaces old streams, and keeps fewer if they were not used.
func (s *spares) expire(l *Login, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiry = nil
	if l.Dropped() {
		s.ready = nil
		return
	}
	var young []spare
	for _, sp := range s.ready {
		if time.Since(sp.made) < spareMaxAge/2 && sp.stream.usable() {
			young = append(young, sp)
		} else {
			_ = sp.stream.Close()
		}
	}
	if len(young) < len(s.ready) {
		s.want = max(1, s.want/2)
	}
	s.ready = young
	s.fill(l, path)
	if len(s.ready) > 0 {
		s.expiry = guard.AfterFunc(spareMaxAge/2, func() { s.expire(l, path) })
	}
}
