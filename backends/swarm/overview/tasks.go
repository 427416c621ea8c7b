package overview

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
)

type task struct {
	swarm.Task
	raw json.RawMessage
}

// States of tasks that have a place, in Swarm's order: an ended task has none.
var placed = []swarm.TaskState{
	swarm.TaskStateAssigned, swarm.TaskStateAccepted, swarm.TaskStatePreparing,
	swarm.TaskStateReady, swarm.TaskStateStarting, swarm.TaskStateRunning,
}

// holds reports whether Swarm counts the task's resources as used.
func (t task) holds() bool { return slices.Contains(placed, t.Status.State) }

// waits reports whether the task may still get a node.
func (t task) waits() bool {
	before := []swarm.TaskState{swarm.TaskStateNew, swarm.TaskStateAllocated, swarm.TaskStatePending}
	return t.NodeID == "" && t.DesiredState == swarm.TaskStateRunning && slices.Contains(before, t.Status.State)
}

func (o *Overview) tasks(ctx context.Context) ([]task, error) {
	documents, err := o.fleet.Documents(ctx, "/tasks")
	if err != nil {
		return nil, err
	}
	tasks := make([]task, len(documents))
	for i, document := range documents {
		tasks[i].raw = document
		if err := json.Unmarshal(document, &tasks[i].Task); err != nil {
			return nil, unreadable(err)
		}
	}
	return tasks, nil
}

// WaitingRuns lists the tasks that have no node, what has waited longest first.
func (o *Overview) WaitingRuns(ctx context.Context) ([]core.WaitingRun, error) {
	tasks, err := o.tasks(ctx)
	if err != nil {
		return nil, err
	}
	tasks = slices.DeleteFunc(tasks, func(t task) bool { return !t.waits() })
	slices.SortFunc(tasks, func(a, b task) int {
		if order := a.CreatedAt.Compare(b.CreatedAt); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	waiting := make([]core.WaitingRun, 0, len(tasks))
	if len(tasks) == 0 {
		return waiting, nil
	}
	services, err := o.services(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		service, there := services[t.ServiceID]
		if !there { // it was removed meanwhile
			continue
		}
		name, host := reserve.Described(service.Spec.Labels)
		waiting = append(waiting, core.WaitingRun{Raw: t.raw, Service: service.Spec.Name, Name: name, Host: host})
	}
	return waiting, nil
}

func (o *Overview) services(ctx context.Context) (map[string]swarm.Service, error) {
	documents, err := o.fleet.Documents(ctx, "/services")
	if err != nil {
		return nil, err
	}
	services := map[string]swarm.Service{}
	for _, document := range documents {
		var service swarm.Service
		if err := json.Unmarshal(document, &service); err != nil {
			return nil, unreadable(err)
		}
		services[service.ID] = service
	}
	return services, nil
}

func unreadable(err error) error {
	return core.Errorf(core.KindEngineError, "what the manager says of its swarm cannot be read: %w", err)
}
