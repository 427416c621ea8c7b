package execs

import (
	"context"
	"sync"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
)

// lists are the lists of containers' processes that an engine is being asked for. To make one,
// it starts a program; asked for one by each of a thousand execs that wait for it, a busy engine
// would do nothing else.
type lists struct {
	mu      sync.Mutex
	pending map[string]*list // by container
}

type list struct {
	done  chan struct{}
	found container.TopResponse
	err   error
}

// list returns the processes of a container. It takes the answer to a question that is on its
// way, whose list may be a moment older.
func (l *lists) list(ctx context.Context, api *client.Client, id string) (container.TopResponse, error) {
	l.mu.Lock()
	asked, is := l.pending[id]
	if !is {
		asked = &list{done: make(chan struct{})}
		l.pending[id] = asked
	}
	l.mu.Unlock()
	if is {
		select {
		case <-asked.done:
			return asked.found, asked.err
		case <-ctx.Done():
			return container.TopResponse{}, ctx.Err()
		}
	}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.pending, id)
		close(asked.done)
	}()
	asked.found, asked.err = api.ContainerTop(ctx, id, nil)
	return asked.found, asked.err
}
