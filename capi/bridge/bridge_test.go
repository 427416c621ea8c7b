package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestEcho(t *testing.T) {
	s := newSession(t, nil)
	for request, want := range map[string]string{"": "{}", `{"a": [1]}`: `{"a": [1]}`, `"é"`: `"é"`} {
		if frame := s.call(0, "debug.echo", request); frame.Type != FrameResult || string(frame.Payload) != want {
			t.Errorf("echo of %q: %s", request, frame.Payload)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	s, client := execSession(t, nil)
	for name, c := range map[string]struct {
		client          uint64
		method, request string
		says            string
	}{
		"unknown method":        {0, "container.fly", `{}`, `no method "container.fly"`},
		"empty method":          {0, "", `{}`, `no method ""`},
		"no client":             {0, "container.exec", execRequest, "client.open"},
		"malformed":             {client, "container.exec", `{"container":`, "not valid"},
		"not an object":         {client, "container.exec", `[]`, "not valid"},
		"unknown field":         {client, "container.exec", `{"contaner":"c"}`, "contaner"},
		"two values":            {client, "container.exec", execRequest + `{}`, "more than one JSON value"},
		"rest behind":           {client, "container.exec", execRequest + `x`, "more than one JSON value"},
		"wrong type":            {client, "container.exec", `{"container":1}`, "container must be text, not a number"},
		"another wrong type":    {client, "container.exec", `{"container":true}`, "container must be text, not true or false"},
		"no whole number":       {client, "container.resize", `{"rows":1.5}`, "rows must be a whole number that is not negative, not 1.5"},
		"of an embedded struct": {client, "host.delete", `{"path":"/x","allow_system_paths":"no"}`, "allow_system_paths must be true or false, not text"},
		"command of a type":     {client, "container.exec", `{"command":{"a":1}}`, "command must be a list, not an object"},
		"not UTF-8":             {client, "container.exec", "{\"container\":\"\xff\"", "not valid"},
		"echo, malformed":       {0, "debug.echo", `{`, "not valid"},
		"bad target":            {0, "client.open", `{"target":"http://x"}`, "not a valid target"},
		"no such backend":       {0, "client.open", `{"target":"unix:///x"}`, "backend"},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			err := s.failed(s.call(c.client, c.method, c.request))
			if err.Kind != core.KindInvalidArgument || !strings.Contains(err.Message, c.says) {
				t.Errorf("%s: %s", err.Kind, err.Message)
			}
		})
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	s := newSession(t, nil)
	err := s.failed(s.call(0, "debug.panic", ""))
	if err.Kind != core.KindInternalError || !strings.Contains(err.Message, "debug.panic") {
		t.Errorf("%s: %s", err.Kind, err.Message)
	}
	if stack, _ := err.Details["stack"].(string); !strings.Contains(stack, "provokePanic") {
		t.Errorf("the stack does not show the place: %q", stack)
	}
	if frame := s.call(0, "debug.echo", `1`); string(frame.Payload) != "1" {
		t.Error("the library does not go on after a panic")
	}
}

func TestForeignErrorIsAnInternalError(t *testing.T) {
	s, client := execSession(t, func(context.Context, core.Streams) (core.CommandResult, error) {
		return core.CommandResult{}, errors.New("not of core")
	})
	err := s.failed(s.call(client, "container.exec", execRequest))
	if err.Kind != core.KindInternalError || err.Message != "not of core" {
		t.Errorf("%s: %s", err.Kind, err.Message)
	}
}

func TestErrorThatCannotBeEncoded(t *testing.T) {
	s, client := execSession(t, func(context.Context, core.Streams) (core.CommandResult, error) {
		return core.CommandResult{}, core.Errorf(core.KindEngineError, "bad").With("value", make(chan int))
	})
	if err := s.failed(s.call(client, "container.exec", execRequest)); err.Kind != core.KindInternalError {
		t.Errorf("%s: %s", err.Kind, err.Message)
	}
}

func TestOneFinalFrameAndTheHandleIsGone(t *testing.T) {
	s, client := execSession(t, func(_ context.Context, s core.Streams) (core.CommandResult, error) {
		_, err := s.Stderr.Write([]byte("e"))
		s.Emit(core.WarningEvent{Event: "warning", Message: "w"})
		return core.CommandResult{ExitCode: 3}, err
	})
	op := s.submit(client, 9, "container.exec", execRequest, nil)
	var types []FrameType
	for {
		frame := s.next()
		if frame.Tag != 9 {
			t.Fatalf("tag %d", frame.Tag)
		}
		types = append(types, frame.Type)
		if frame.Flags == FlagFinal {
			break
		}
	}
	if len(types) != 3 || types[0] != FrameStderr || types[1] != FrameEvent || types[2] != FrameResult {
		t.Errorf("frames %v", types)
	}
	for name, status := range map[string]Status{
		"cancel": s.bridge.OpCancel(op), "grant": s.bridge.OpGrant(op, 1), "write": s.bridge.OpWrite(op, nil),
	} {
		if status != EHandle {
			t.Errorf("%s after FINAL: status %d", name, status)
		}
	}
	if s.readable(0) {
		t.Error("a frame came after FINAL")
	}
}

func TestHandlesThatAreNotThere(t *testing.T) {
	s, client := execSession(t, nil)
	stale := s.queue
	second, _, _ := s.bridge.QueueOpen()
	s.bridge.QueueClose(second)
	for name, handle := range map[string]uint64{"zero": 0, "never given": 1 << 60, "stale": second, "of another kind": client} {
		if _, _, status := s.bridge.QueueRead(handle, make([]byte, 10)); status != EHandle {
			t.Errorf("read, %s: status %d", name, status)
		}
		if status := s.bridge.QueueClose(handle); status != EHandle {
			t.Errorf("close, %s: status %d", name, status)
		}
		if _, status := s.bridge.Submit(handle, 0, 1, "debug.echo", nil, nil); status != EHandle {
			t.Errorf("submit, %s: status %d", name, status)
		}
		if status := s.bridge.OpCancel(handle); status != EHandle {
			t.Errorf("cancel, %s: status %d", name, status)
		}
	}
	if _, status := s.bridge.Submit(s.queue, stale, 1, "system.ping", nil, nil); status != EHandle {
		t.Errorf("a queue as a client: status %d", status)
	}
}

func TestClientClose(t *testing.T) {
	s, client := execSession(t, nil)
	if frame := s.call(client, "client.close", ""); frame.Type != FrameResult {
		t.Fatalf("%s", frame.Payload)
	}
	if _, status := s.bridge.Submit(s.queue, client, 1, "system.ping", nil, nil); status != EHandle {
		t.Errorf("a closed client: status %d", status)
	}
	if n := s.bridge.clients.count.Load(); n != 0 {
		t.Errorf("%d clients left", n)
	}
}

func TestStats(t *testing.T) {
	s := newSession(t, nil)
	var stats Stats
	if err := json.Unmarshal(s.call(0, "debug.stats", "").Payload, &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Operations != 1 || stats.Queues != 1 || stats.Clients != 0 || stats.Goroutines < 1 {
		t.Errorf("%+v", stats)
	}
}
