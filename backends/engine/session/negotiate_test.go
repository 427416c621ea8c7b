package session

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

func TestTheVersionIsSettledByTheFirstAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fixed   string // in the options
		ping    action
		version string
		kind    core.Kind
	}{
		"an old engine":               {ping: pong("1.41"), version: "1.41"},
		"an engine newer than we are": {ping: pong("1.99"), version: api.DefaultVersion},
		"an engine that says nothing": {ping: pong(""), version: "1.24"}, // docker's rule for engines before 1.25
		"an engine that is unwell":    {ping: func(w http.ResponseWriter, r *http.Request) { pong("1.41")(w, r); w.WriteHeader(500) }, kind: core.KindEngineError},
		"a fixed version":             {fixed: "1.43", ping: pong("1.45"), version: "1.43"},
		"no engine at all":            {ping: refuse(404, "page not found"), kind: core.KindNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{APIVersion: c.fixed}, func(t *testing.T, e *engine, s *Session) {
				e.on("_ping", c.ping)
				wantKind(t, s.Fail(t.Context(), s.Negotiate(t.Context())), c.kind)
				if s.Connected() != (c.kind == "") {
					t.Errorf("connected: %v", s.Connected())
				}
				if got := s.API.ClientVersion(); c.kind == "" && got != c.version {
					t.Errorf("version %q, not %q", got, c.version)
				}
			})
		})
	}
}

// TestAThousandAskOnce: and who comes after the answer asks nothing.
func TestAThousandAskOnce(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		e.on("_ping", after(time.Second, pong("1.41")))
		var all guard.Group
		for range 1000 {
			all.Run(func() error { return s.Negotiate(t.Context()) })
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		connected(t, s)
		if e.dials != 1 || e.pinged() != 1 {
			t.Errorf("%d connections, %d questions", e.dials, e.pinged())
		}
	})
}

// TestASilentEngine accepts connections, as a stopped one does, and never answers.
func TestASilentEngine(t *testing.T) {
	inTime(t, Options{ConnectTimeout: 3 * time.Second}, func(t *testing.T, e *engine, s *Session) {
		e.on("_ping", hang)
		began := time.Now()
		err := wantKind(t, s.Negotiate(t.Context()), core.KindEngineUnreachable)
		wantIn(t, err.Message, "no engine answered within 3 s", "connect_timeout")
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
		e.on("_ping", pong("1.41"))
		connected(t, s) // the next caller asks again
	})
}

// TestOneWhoLeavesEndsNobodyElsesQuestion: the last one who leaves ends it.
func TestOneWhoLeavesEndsNobodyElsesQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		stays bool
		ended bool
	}{"one stays": {stays: true}, "all leave": {ended: true}} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				ended := false
				e.on("_ping", func(w http.ResponseWriter, r *http.Request) {
					after(5*time.Second, pong("1.41"))(w, r)
					ended = r.Context().Err() != nil
				})
				impatient, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				errs := make(chan error, 2)
				guard.Go(func() { errs <- s.Negotiate(impatient) }, nil)
				if c.stays {
					guard.Go(func() { errs <- s.Negotiate(t.Context()) }, nil)
				}
				wantKind(t, <-errs, core.KindOperationTimeout)
				if c.stays {
					wantKind(t, <-errs, "")
				}
				synctest.Wait()
				if ended != c.ended || e.pinged() != 1 {
					t.Errorf("the question was ended: %v, and asked %d times", ended, e.pinged())
				}
			})
		})
	}
}

// TestTheFirstPongServesAPing: once, and only of a caller for whom the session was connected.
func TestTheFirstPongServesAPing(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		e.on("_ping", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Builder-Version", "1")
			w.Header().Set("Ostype", "linux")
			pong("1.41")(w, r)
		})
		connected(t, s)
		if !s.ClassicBuilds() {
			t.Error("the engine is configured to build without BuildKit")
		}
		for i, want := range []int{1, 2, 3} { // questions on the wire
			got, err := s.Ping(t.Context(), i < 2)
			if err != nil || got.OSType != "linux" || e.pinged() != want {
				t.Errorf("ping %d: %+v, %v, %d questions", i, got, err, e.pinged())
			}
		}
	})
}

// TestAHostThatCannotBeReachedIsDialedOnce: a host that accepts connections and never answers takes
// the whole connect timeout each time.
func TestAHostThatCannotBeReachedIsDialedOnce(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		e.leaves(unreachable)
		wantKind(t, s.Negotiate(t.Context()), core.KindEngineUnreachable)
		if e.dials != 1 {
			t.Errorf("%d dials", e.dials)
		}
	})
}
