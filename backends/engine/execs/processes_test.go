package execs

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/container"
)

// TestListsAreShared asks for the processes of a container many times while the engine works at
// one list: all get that one, and the engine, which is nil here, is not asked again.
func TestListsAreShared(t *testing.T) {
	asked := &list{done: make(chan struct{}), found: container.TopResponse{Titles: []string{"PID"}}}
	l := &lists{pending: map[string]*list{"box": asked}}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if found, err := l.list(t.Context(), nil, "box"); err != nil || len(found.Titles) != 1 {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.list(ended, nil, "box"); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that waits no longer got %v", err)
	}
	close(asked.done)
	all.Wait()
}
