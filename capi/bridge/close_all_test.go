package bridge

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// slowToClose is a client whose end takes as long as the test wants.
type slowToClose struct {
	core.DockerClient
	closing chan struct{}
	closed  chan struct{}
}

func (c *slowToClose) Close() error {
	close(c.closing)
	<-c.closed
	return nil
}

func TestCloseAllWaitsForEveryClient(t *testing.T) {
	var clients []*slowToClose
	s := newSession(t, core.Registry{core.SchemeDefault: func(context.Context, core.Target, core.OpenRequest) (core.DockerClient, error) {
		clients = append(clients, &slowToClose{closing: make(chan struct{}), closed: make(chan struct{})})
		return clients[len(clients)-1], nil
	}})
	var handles []uint64
	for range 3 {
		var opened openResult
		if err := json.Unmarshal(s.call(0, "client.open", `{"target":"local"}`).Payload, &opened); err != nil {
			t.Fatal(err)
		}
		handles = append(handles, opened.Client)
	}
	s.submit(handles[0], 7, "client.close", "", nil) // somebody else closes this one
	<-clients[0].closing
	s.submit(0, 8, "client.close_all", "", nil)
	<-clients[1].closing
	<-clients[2].closing
	close(clients[0].closed)
	if frame := s.next(); frame.Tag != 7 {
		t.Fatalf("not the answer to client.close: %+v", frame)
	}
	close(clients[1].closed)
	if s.readable(4 * closePoll) {
		t.Fatal("an answer before all clients are closed")
	}
	close(clients[2].closed)
	if frame := s.next(); frame.Tag != 8 || frame.Type != FrameResult {
		t.Errorf("close_all: %+v", frame)
	}
	if n := s.bridge.clients.count.Load(); n != 0 {
		t.Errorf("%d clients left", n)
	}
	if frame := s.call(0, "client.close_all", ""); frame.Type != FrameResult {
		t.Errorf("close_all without clients: %+v", frame)
	}
}

func TestCloseAllCanBeCancelled(t *testing.T) {
	client := &slowToClose{closing: make(chan struct{}), closed: make(chan struct{})}
	s := newSession(t, core.Registry{core.SchemeDefault: func(context.Context, core.Target, core.OpenRequest) (core.DockerClient, error) {
		return client, nil
	}})
	s.call(0, "client.open", `{"target":"local"}`)
	op := s.submit(0, 1, "client.close_all", "", nil)
	<-client.closing
	s.bridge.OpCancel(op)
	if err := s.failed(s.next()); err.Kind != core.KindCancelled {
		t.Errorf("%s: %s", err.Kind, err.Message)
	}
	close(client.closed)
}
