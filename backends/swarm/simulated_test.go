package swarm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/swarm"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// simulated is a fleet larger than any testbed: an HTTP server in this process, which answers for
// the manager and for each node from generated data, over connections in memory. Tests with it run
// in the time of synctest: each request takes exactly latency, however busy the machine is. Node 0
// is the manager.
type simulated struct {
	rows     int // containers on each node
	managers int // the first nodes
	// trouble, if set, says what becomes of a request that a node gets.
	trouble func(node int, request string) trouble

	mu       sync.Mutex
	nodes    []*swarm.Node
	free     []int // GPUs of each node
	services map[string]*swarm.Service
	tasks    map[string]*swarm.Task // by the ID of their service
	made     int                    // services and containers so far
	asked    map[string]int         // requests to Swarm's API, without IDs
	engines  int                    // requests to engines
	opened   int                    // connections
}

// trouble is what becomes of a request.
type trouble int

const (
	none       trouble = iota
	unheard            // nothing is done, and there is no answer
	unanswered         // it is done, and there is no answer
	leaderless         // a manager has not found its leader
)

const (
	latency    = 20 * time.Millisecond
	gpusOfNode = 2
)

// inFleet runs a test with a client of a simulated fleet.
func inFleet(t *testing.T, nodes, containers int, test func(t *testing.T, s *simulated, c *Client)) {
	t.Helper()
	inFleetOf(t, "swarm+unix:///0", nodes, containers, test)
}

// inFleetOf is inFleet with the managers that a target names: /0,/1.
func inFleetOf(t *testing.T, managers string, nodes, containers int, test func(t *testing.T, s *simulated, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &simulated{rows: containers / nodes, managers: 1 + strings.Count(managers, ","), services: map[string]*swarm.Service{}, tasks: map[string]*swarm.Task{}, asked: map[string]int{}}
		for i := range nodes {
			s.nodes, s.free = append(s.nodes, simulatedNode(i)), append(s.free, gpusOfNode)
		}
		links := &memory{conns: make(chan net.Conn), shut: make(chan struct{})}
		server := &http.Server{Handler: s, ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, nodeKey{}, conn.(*link).node)
		}}
		guard.Go(func() { _ = server.Serve(links) }, nil)
		target, err := core.ParseTarget(managers)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := New(s.opener(links))(t.Context(), target, core.OpenRequest{Target: target.Text, Session: uuid.NewString()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		t.Cleanup(func() { _ = opened.Close() })
		test(t, s, opened.(*Client))
	})
}

// opener makes clients of engines, with the targets unix:///NUMBER.
func (s *simulated) opener(links *memory) core.Opener {
	return func(_ context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
		node, err := strconv.Atoi(strings.TrimPrefix(target.Text, "unix:///"))
		if err != nil {
			return nil, err
		}
		return engine.New(engine.Options{Target: target.Text, Open: req, Dial: func(ctx context.Context) (net.Conn, error) {
			s.mu.Lock()
			s.opened++
			s.mu.Unlock()
			ours, theirs := net.Pipe()
			select {
			case links.conns <- &link{theirs, node}:
				return ours, nil
			case <-links.shut:
				return nil, net.ErrClosed
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}})
	}
}

// requests returns how often Swarm and engines were asked since the last call.
func (s *simulated) requests() (asked map[string]int, engines int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, engines = s.asked, s.engines
	s.asked, s.engines = map[string]int{}, 0
	return asked, engines
}

type nodeKey struct{}

// link is the server's end of a connection to a node.
type link struct {
	net.Conn
	node int
}

// memory hands the server's ends of connections to the server.
type memory struct {
	conns chan net.Conn
	once  sync.Once
	shut  chan struct{}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.shut:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { m.once.Do(func() { close(m.shut) }); return nil }
func (m *memory) Addr() net.Addr { return &net.UnixAddr{} }

func (s *simulated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	time.Sleep(latency)
	met := s.meets(r)
	if met == unheard {
		<-r.Context().Done()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Api-Version", "1.45")
	w.Header().Set("Content-Type", "application/json")
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if strings.HasPrefix(words[0], "v1.") {
		words = words[1:]
	}
	status, answer := http.StatusInternalServerError, any(fields{"message": "rpc error: code = DeadlineExceeded desc = context deadline exceeded"})
	if met != leaderless {
		status, answer = s.answer(r, words, body)
	}
	if met == unanswered {
		s.mu.Unlock()
		<-r.Context().Done()
		s.mu.Lock()
		return
	}
	w.WriteHeader(status)
	if answer != nil {
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func (s *simulated) meets(r *http.Request) trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble == nil {
		return none
	}
	return s.trouble(r.Context().Value(nodeKey{}).(int), r.Method+" "+r.URL.Path)
}

// answer answers one request; s is locked.
func (s *simulated) answer(r *http.Request, words []string, body []byte) (status int, answer any) {
	switch words[0] {
	case "nodes", "services", "tasks":
		what := r.Method + " " + words[0]
		if len(words) > 1 && words[1] != "create" {
			what += "/ID"
		}
		if strings.Contains(r.URL.Query().Get("filters"), `"service"`) {
			what += " of one service"
		}
		s.asked[what]++
		return s.swarm(r, words, body)
	}
	s.engines++
	return s.engine(r, r.Context().Value(nodeKey{}).(int), words)
}

func simulatedNode(i int) *swarm.Node {
	node := &swarm.Node{ID: nodeID(i)}
	node.Spec.Role, node.Spec.Availability = swarm.NodeRoleWorker, swarm.NodeAvailabilityActive
	node.Spec.Labels = map[string]string{"ml-nexus-go.target": fmt.Sprintf("unix:///%d", i)}
	node.Status.State, node.Status.Addr = swarm.NodeStateReady, fmt.Sprintf("10.0.%d.%d", i/250, i%250)
	node.Description.Hostname = fmt.Sprintf("gpu%04d", i)
	node.Description.Platform = swarm.Platform{Architecture: "x86_64", OS: "linux"}
	node.Description.Resources = swarm.Resources{NanoCPUs: 64e9, MemoryBytes: 512 << 30}
	for gpu := range gpusOfNode {
		node.Description.Resources.GenericResources = append(node.Description.Resources.GenericResources, namedGPU(i, gpu))
	}
	return node
}

func nodeID(i int) string { return fmt.Sprintf("node%021d", i) }

func namedGPU(node, gpu int) swarm.GenericResource {
	return swarm.GenericResource{NamedResourceSpec: &swarm.NamedGenericResource{Kind: "GPU", Value: fmt.Sprintf("GPU-%04d-%d", node, gpu)}}
}
