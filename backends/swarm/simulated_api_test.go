package swarm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"
)

type fields map[string]any

// swarm answers as a manager.
func (s *simulated) swarm(r *http.Request, words []string, body []byte) (status int, answer any) {
	id := words[len(words)-1]
	switch request := r.Method + " " + strings.Join(words, "/"); {
	case request == "GET nodes":
		return http.StatusOK, s.nodes
	case request == "GET services":
		return http.StatusOK, s.reservations(r)
	case request == "GET tasks":
		tasks := []*swarm.Task{}
		for _, task := range s.tasks {
			tasks = append(tasks, task)
		}
		return http.StatusOK, tasks
	case request == "POST services/create":
		return s.reserve(body)
	case words[0] == "nodes" && r.Method == http.MethodGet:
		return http.StatusOK, s.nodes[s.numberOf(id)]
	case words[0] == "nodes": // POST nodes/ID/update
		_ = json.Unmarshal(body, &s.nodes[s.numberOf(words[1])].Spec)
		return http.StatusOK, nil
	case words[0] == "services" && r.Method == http.MethodGet:
		return http.StatusOK, s.named(id)
	case words[0] == "services" && r.Method == http.MethodDelete:
		s.release(id)
		return http.StatusOK, nil
	}
	return http.StatusNotFound, fields{"message": "not simulated: " + r.URL.Path}
}

func (s *simulated) numberOf(nodeID string) int {
	return slices.IndexFunc(s.nodes, func(n *swarm.Node) bool { return n.ID == nodeID })
}

func (s *simulated) reservations(r *http.Request) []*swarm.Service {
	wanted, _ := filters.FromJSON(r.URL.Query().Get("filters"))
	all := []*swarm.Service{}
	for _, service := range s.services {
		if wanted.MatchKVList("label", service.Spec.Labels) {
			all = append(all, service)
		}
	}
	return all
}

func (s *simulated) reserve(body []byte) (status int, answer any) {
	service := &swarm.Service{ID: fmt.Sprintf("service%018d", s.made+1)}
	if err := json.Unmarshal(body, &service.Spec); err != nil {
		return http.StatusBadRequest, fields{"message": err.Error()}
	}
	if s.named(service.Spec.Name) != nil {
		return http.StatusConflict, fields{"message": "rpc error: code = AlreadyExists desc = name conflicts with an existing object"}
	}
	s.made++
	task := &swarm.Task{ID: "task" + service.ID, ServiceID: service.ID, Spec: service.Spec.TaskTemplate}
	s.services[service.ID], s.tasks[service.ID] = service, task
	s.place(task)
	return http.StatusCreated, fields{"ID": service.ID}
}

func (s *simulated) named(name string) *swarm.Service {
	for _, service := range s.services {
		if service.Spec.Name == name {
			return service
		}
	}
	return nil
}

// place gives a task the first node with enough free GPUs.
func (s *simulated) place(task *swarm.Task) {
	want := wantedGPUs(task)
	at := slices.IndexFunc(s.free, func(free int) bool { return free >= want })
	if at < 0 {
		task.Status = swarm.TaskStatus{State: swarm.TaskStatePending, Err: fmt.Sprintf("no suitable node (insufficient resources on %d nodes)", len(s.nodes))}
		return
	}
	s.free[at] -= want
	task.NodeID, task.Status = s.nodes[at].ID, swarm.TaskStatus{State: swarm.TaskStateRunning}
	for i := range want {
		task.GenericResources = append(task.GenericResources, namedGPU(at, s.free[at]+i))
	}
}

func wantedGPUs(task *swarm.Task) int {
	count := 0
	for _, resource := range task.Spec.Resources.Reservations.GenericResources {
		count += int(resource.DiscreteResourceSpec.Value)
	}
	return count
}

// release removes a service, and places what waits.
func (s *simulated) release(service string) {
	task := s.tasks[service]
	delete(s.services, service)
	delete(s.tasks, service)
	if task == nil || task.NodeID == "" {
		return
	}
	s.free[s.numberOf(task.NodeID)] += wantedGPUs(task)
	for _, other := range s.tasks {
		if other.NodeID == "" {
			s.place(other)
		}
	}
}

// engine answers as the engine of a node.
func (s *simulated) engine(r *http.Request, node int, words []string) (status int, answer any) {
	switch request := r.Method + " " + strings.Join(words, "/"); {
	case words[0] == "_ping":
		return http.StatusOK, "OK"
	case request == "GET info":
		return http.StatusOK, fields{"Swarm": swarm.Info{NodeID: nodeID(node), LocalNodeState: swarm.LocalNodeStateActive, ControlAvailable: node < s.managers}}
	case request == "GET containers/json":
		return http.StatusOK, s.containers(r, node)
	case request == "POST containers/create":
		s.made++
		return http.StatusCreated, fields{"Id": fmt.Sprintf("%064x", s.made)}
	case words[0] == "containers":
		return http.StatusNotFound, fields{"message": "No such container: " + words[1]}
	case words[0] == "images":
		return http.StatusOK, fields{"Id": "sha256:" + strings.Repeat("0", 64), "Os": "linux", "Architecture": "amd64"}
	}
	return http.StatusNotFound, fields{"message": "not simulated: " + r.URL.Path}
}

func (s *simulated) containers(r *http.Request, node int) []container.Summary {
	wanted, _ := filters.FromJSON(r.URL.Query().Get("filters"))
	rows := []container.Summary{}
	for i := range s.rows {
		row := container.Summary{
			ID: fmt.Sprintf("%060x%04x", node, i), Names: []string{fmt.Sprintf("/job-%d-%d", node, i)}, Image: "registry.example/train:latest",
			Command: "python train.py --config /data/config.yaml", State: container.StateRunning, Status: "Up 3 hours",
			Labels: map[string]string{"project": "vision", "owner": "somebody@example.org"},
		}
		if wanted.MatchKVList("label", row.Labels) {
			rows = append(rows, row)
		}
	}
	return rows
}
