package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestAgentsForFilesWaitForAPlace: hundreds of concurrent writes start no more agents at once
// than the engine's machine has processors for. Else engines took so long to remove them that
// writes failed, although the files were there.
func TestAgentsForFilesWaitForAPlace(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		box := runFor(t, e, []string{"-d"}, "sleep", "1000")
		write := func(ctx context.Context) error {
			req := core.WriteFileRequest{FileRequest: core.FileRequest{Container: box, Path: "/tmp/x"}}
			_, err := e.WriteFile(ctx, req, core.Streams{Stdin: strings.NewReader("x")})
			return err
		}
		if err := write(t.Context()); err != nil { // brings the agent to the engine
			t.Fatal(err)
		}
		places := takeAllPlaces(t, e)
		without := func() error {
			short, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			return write(short)
		}
		err := without()
		for range 5 { // more places open once a busy engine has said how many processors there are
			if err == nil {
				places = append(places, takeAllPlaces(t, e)...)
				err = without()
			}
		}
		if core.KindOf(err) != core.KindOperationTimeout && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a write without a place: %v", err)
		}
		for _, place := range places {
			place.Leave()
		}
		if err := write(t.Context()); err != nil {
			t.Errorf("a write with a place: %v", err)
		}
	})
}

// takeAllPlaces takes all places to start a process, until none has opened for a while.
func takeAllPlaces(t *testing.T, e *Engine) (places []*session.StartPlace) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		place, err := e.session.EnterStart(ctx)
		cancel()
		if err != nil {
			return places
		}
		places = append(places, place)
	}
}
