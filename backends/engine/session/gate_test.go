package session

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// crowd lets n callers ask for a place, and returns how many have one, and their places,
// once nobody moves any more.
func crowd(ctx context.Context, s *Session, n int) (places chan *StartPlace, refused chan error) {
	places, refused = make(chan *StartPlace, n), make(chan error, n)
	for range n {
		guard.Go(func() {
			if place, err := s.EnterStart(ctx); err != nil {
				refused <- err
			} else {
				places <- place
			}
		}, nil)
	}
	synctest.Wait()
	return places, refused
}

// TestStartsAtOnce: as many as the engine's machine has processors for, within bounds.
func TestStartsAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		info   action
		places int
	}{
		"one processor":       {answer200(`{"NCPU": 1}`), fewestPlaces},
		"two processors":      {answer200(`{"NCPU": 2}`), fewestPlaces},
		"four processors":     {answer200(`{"NCPU": 4}`), 32},
		"a hundred":           {answer200(`{"NCPU": 100}`), mostPlaces},
		"no answer":           {hang, fewestPlaces},
		"an answer like none": {refuse(500, "it broke"), fewestPlaces},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				connected(t, s)
				e.on("GET /info", c.info)
				ctx, cancel := context.WithCancel(t.Context())
				places, refused := crowd(ctx, s, 100)
				if len(places) != c.places || e.calls() != 1 {
					t.Errorf("%d have a place, and the engine was asked %d times", len(places), e.calls())
				}
				cancel()
				synctest.Wait()
				if len(refused) != 100-c.places {
					t.Errorf("%d callers have left", len(refused))
				}
				if err := <-refused; !errors.Is(err, context.Canceled) {
					t.Errorf("a caller who left got %v", err)
				}
			})
		})
	}
}

// TestFewStartsAskNothing: the engine's size is asked for by the first who has to wait.
func TestFewStartsAskNothing(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		if places, _ := crowd(t.Context(), s, fewestPlaces); len(places) != fewestPlaces || e.calls() != 0 {
			t.Errorf("%d have a place, and the engine was asked %d times", len(places), e.calls())
		}
	})
}

// TestAPlaceIsGivenBackOnce, however often and by whomever its owner leaves.
func TestAPlaceIsGivenBackOnce(t *testing.T) {
	never := func() bool { return false }
	for name, leave := range map[string]func(*StartPlace){
		"at the end":          func(p *StartPlace) { p.Leave() },
		"twice":               func(p *StartPlace) { p.Leave(); p.Leave() },
		"after a while":       func(p *StartPlace) { p.LeaveSoon(func() bool { return true }); time.Sleep(shortLifetime) },
		"before the while":    func(p *StartPlace) { p.LeaveSoon(func() bool { return true }); p.Leave(); time.Sleep(time.Minute) },
		"both":                func(p *StartPlace) { p.LeaveSoon(func() bool { return true }); time.Sleep(time.Minute); p.Leave() },
		"soon after it left":  func(p *StartPlace) { p.Leave(); p.LeaveSoon(func() bool { return true }); time.Sleep(time.Minute) },
		"while never started": func(p *StartPlace) { p.LeaveSoon(never); time.Sleep(time.Minute); p.Leave() },
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				e.on("GET /info", hang)
				places, _ := crowd(t.Context(), s, fewestPlaces+2)
				leave(<-places)
				synctest.Wait()
				if len(places) != fewestPlaces {
					t.Errorf("%d have a place after one had left, not %d", len(places), fewestPlaces)
				}
				(<-places).Leave() // one still waits
			})
		})
	}
}

// TestALongProcessLeavesOnceItHasStarted, and not before: a start under way needs its place.
func TestALongProcessLeavesOnceItHasStarted(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		e.on("GET /info", hang)
		places, _ := crowd(t.Context(), s, fewestPlaces+1)
		startedAt := time.Now().Add(3*shortLifetime + shortLifetime/2)
		(<-places).LeaveSoon(func() bool { return time.Now().After(startedAt) })
		for i, want := range []int{15, 15, 15, 16} { // the last caller comes in with the fourth look
			time.Sleep(shortLifetime)
			synctest.Wait()
			if len(places) != want {
				t.Errorf("%s: %d others have a place, not %d", fmt.Sprint(i+1, " lifetimes"), len(places), want)
			}
		}
	})
}

func TestNobodysPlace(t *testing.T) {
	var none *StartPlace
	none.LeaveSoon(func() bool { t.Error("asked"); return true })
}
