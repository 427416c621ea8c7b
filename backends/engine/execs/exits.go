package execs

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

const (
	// exitGrace is how long the event is waited for after an exec's streams have ended, before
	// the engine is asked. It follows them by half a millisecond, on the same way.
	exitGrace = 20 * time.Millisecond
	// exitLinger is how long the events are read after the last exec.
	exitLinger = 30 * time.Second
)

// exits reads exit codes from the engine's events, which saves each exec a request, and its round
// trip. What an event does not say in time is asked for, so that nothing depends on them.
type exits struct {
	session *session.Session

	mu        sync.Mutex
	listening state
	awaited   map[string]chan int // by the engine's ID of an exec
	last      time.Time           // when an exec was awaited last
}

type state int

const (
	idle state = iota
	beginning
	reading
)

// expect returns what gets the exit code of an exec that is not started yet; nil while the events
// are not read. The caller calls forget.
func (e *exits) expect(id string) <-chan int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = time.Now()
	if e.listening == idle {
		e.listening = beginning
		e.session.Alongside(e.listen)
	}
	if e.listening != reading {
		return nil
	}
	code := make(chan int, 1)
	e.awaited[id] = code
	return code
}

func (e *exits) forget(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.awaited, id)
}

// listen reads the events until no exec needs them, or they end.
func (e *exits) listen(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, failed := e.session.API.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("event", string(events.ActionExecDie)),
	)})
	e.become(reading)
	defer e.become(idle)
	look := time.NewTicker(exitLinger / 3)
	defer look.Stop()
	for {
		select {
		case message := <-messages:
			e.died(message.Actor.Attributes)
		case <-failed:
			return
		case <-look.C:
			if !e.needed() {
				return
			}
		}
	}
}

func (e *exits) become(now state) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listening = now
}

func (e *exits) needed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.awaited) > 0 || time.Since(e.last) < exitLinger
}

func (e *exits) died(about map[string]string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	code, err := strconv.Atoi(about["exitCode"])
	if awaited, is := e.awaited[about["execID"]]; is && err == nil {
		awaited <- code
		delete(e.awaited, about["execID"])
	}
}

// exit returns the code of an exec whose streams have ended, if an event says it in time.
func (x *Execs) exit(ctx context.Context, code <-chan int) (int, bool) {
	if code == nil {
		return 0, false
	}
	late := time.NewTimer(x.ExitGrace)
	defer late.Stop()
	select {
	case code := <-code:
		return code, true
	case <-late.C:
	case <-ctx.Done():
	}
	return 0, false
}
