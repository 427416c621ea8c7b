package ssh

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// statsCalls are calls that measure containers, by a request of theirs, for TestCallsLoseOneAnswer.
func statsCalls() map[string]func(ctx context.Context, e *engine.Engine, name string) error {
	return map[string]func(ctx context.Context, e *engine.Engine, name string) error{
		"GET .*/stats.stream=0": func(ctx context.Context, e *engine.Engine, name string) error {
			s, err := e.ContainerStats(ctx, core.ContainerRequest{Container: name})
			if err == nil && s.Name != name {
				err = fmt.Errorf("got %+v", s)
			}
			return err
		},
		"GET .*/stats.stream=1": func(ctx context.Context, e *engine.Engine, name string) error {
			return untilFirst(ctx, func(ctx context.Context, event func(any)) error {
				return e.StreamContainerStats(ctx, core.ContainerRequest{Container: name}, event)
			})
		},
		"GET .*/events": func(ctx context.Context, e *engine.Engine, name string) error {
			return untilFirst(ctx, func(ctx context.Context, event func(any)) error {
				return e.AllStats(ctx, core.StatsRequest{Containers: []string{name}}, event)
			})
		},
	}
}

// untilFirst ends a stream at its first event.
func untilFirst(ctx context.Context, stream func(ctx context.Context, event func(any)) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := stream(ctx, func(any) { cancel() })
	if core.KindOf(err) == core.KindCancelled {
		return nil
	}
	return fmt.Errorf("it ended before its first event: %w", err)
}

// TestStatsGoOn loses the connection while a container starts: both are measured afterwards.
func TestStatsGoOn(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	label := "mlng-test=" + uuid.NewString()
	start := func() string {
		name := runName(t, e)
		_, err := e.Run(t.Context(), core.RunRequest{Image: "mlng-busybox", Options: []string{"-d", "--name", name, "--label", label}, Command: core.Command{Text: "sleep 600"}}, core.Streams{})
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	first := start()
	ctx, cancel := context.WithCancel(timeout(t))
	defer cancel()
	names, ended := make(chan string), make(chan error, 1)
	go func() {
		ended <- client.AllStats(ctx, core.StatsRequest{Filters: map[string][]string{"label": {label}}}, func(event any) {
			select {
			case names <- event.(core.ContainerStats).Name:
			case <-ctx.Done():
			}
		})
	}()
	if got := <-names; got != first {
		t.Fatalf("got %s", got)
	}
	p.cut()
	waitDown(t, client.host)
	second := start()
	p.mend()
	for missing := map[string]bool{first: true, second: true}; len(missing) > 0; {
		select {
		case name := <-names:
			delete(missing, name)
		case err := <-ended:
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; core.KindOf(err) != core.KindCancelled {
		t.Errorf("got %v", err)
	}
}
