package reserve

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Swarm has no events for tasks, so they are listed: once a second at most, for all calls of a
// client together. A task that has got its node is looked at by itself, and more often.
const (
	listEvery  = time.Second
	firstList  = 100 * time.Millisecond // Swarm takes about so long to place a task
	looksEvery = 50 * time.Millisecond
)

// While a reservation is new, its own task is looked at, by few calls at the same time: Swarm places
// most of them within a second, and the shared list may be a second away.
const (
	earlyCalls = 4
	earlyFirst = 50 * time.Millisecond
	earlyLast  = 400 * time.Millisecond
)

// early returns the task of a new reservation once it has a node, or must wait. It gives up early: a
// task without either goes to the shared list.
func (r *Reservations) early(ctx context.Context, place *Place) (task swarm.Task, err error) {
	select {
	case r.looking <- struct{}{}:
		defer func() { <-r.looking }()
	default:
		return task, nil
	}
	for pause := earlyFirst; pause <= earlyLast; pause += pause / 2 {
		if err := session.Sleep(ctx, pause); err != nil {
			return task, err
		}
		task, err = r.onlyTask(ctx, place.ServiceID)
		if err != nil || task.NodeID != "" || task.Status.Err != "" {
			return task, err
		}
	}
	return task, nil
}

// waits lists tasks while somebody waits.
type waits struct {
	list func(ctx context.Context) ([]swarm.Task, error)

	mu      sync.Mutex
	waiting map[string]*waiter // by service ID
	running bool
	last    time.Time
}

// waiter gets what is known about its service's task: always the newest.
type waiter struct{ news chan listing }

type listing struct {
	task swarm.Task
	err  error
}

func (w *waiter) tell(news listing) {
	select {
	case <-w.news: // it is old
	default:
	}
	w.news <- news
}

// join begins to wait for a service's task.
func (w *waits) join(ctx context.Context, service string) (news <-chan listing, leave func()) {
	one := &waiter{make(chan listing, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[service] = one
	if !w.running {
		w.running = true
		guard.Go(func() { w.follow(ctx) }, func(p *guard.Panic) {
			w.tellAll(p)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.running = false
		})
	}
	return one.news, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting, service)
	}
}

// follow lists tasks until nobody waits. ctx is the client's life.
func (w *waits) follow(ctx context.Context) {
	_ = session.Sleep(ctx, firstList)
	for w.wanted(ctx) {
		w.mu.Lock()
		pause := listEvery - time.Since(w.last)
		w.mu.Unlock()
		_ = session.Sleep(ctx, pause)
		w.mu.Lock()
		w.last = time.Now()
		w.mu.Unlock()
		tasks, err := w.list(ctx)
		if err != nil {
			w.tellAll(err)
			continue
		}
		w.mu.Lock()
		for _, task := range tasks {
			if one := w.waiting[task.ServiceID]; one != nil {
				one.tell(listing{task: task})
			}
		}
		w.mu.Unlock()
	}
}

// wanted reports whether to list again. If not, the next one who waits starts anew.
func (w *waits) wanted(ctx context.Context) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = len(w.waiting) > 0 && ctx.Err() == nil
	return w.running
}

func (w *waits) tellAll(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.waiting {
		one.tell(listing{err: err})
	}
}

// listTasks lists the tasks of this client's reservations.
func (r *Reservations) listTasks(ctx context.Context) (tasks []swarm.Task, err error) {
	mine := filters.NewArgs(filters.Arg("label", engine.LabelSession+"="+r.open.Session))
	err = r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		tasks, err = api.TaskList(ctx, swarm.TaskListOptions{Filters: mine})
		return err
	})
	return tasks, err
}

// onlyTask returns the task of a service; an empty one while it has none.
func (r *Reservations) onlyTask(ctx context.Context, service string) (task swarm.Task, err error) {
	err = r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		tasks, err := api.TaskList(ctx, swarm.TaskListOptions{Filters: filters.NewArgs(filters.Arg("service", service))})
		if len(tasks) > 0 {
			task = tasks[0]
		}
		return err
	})
	return task, err
}

// taskOf looks at one task.
func (r *Reservations) taskOf(ctx context.Context, id string) (task swarm.Task, err error) {
	err = r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		task, _, err = api.TaskInspectWithRaw(ctx, id)
		return err
	})
	return task, err
}
