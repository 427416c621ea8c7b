package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestInputReachesTheOperationAndIsAcknowledged(t *testing.T) {
	var got bytes.Buffer
	s, client := execSession(t, func(_ context.Context, s core.Streams) (core.CommandResult, error) {
		_, err := io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{s.Stdin}, make([]byte, 4))
		return core.CommandResult{}, err
	})
	op := s.submit(client, 1, "container.exec", `{"container":"c","command":"cat","stdin":true}`, []byte("first "))
	for _, part := range []string{"second ", "third"} {
		if status := s.bridge.OpWrite(op, []byte(part)); status != OK {
			t.Fatalf("status %d", status)
		}
	}
	if status := s.bridge.OpWrite(op, nil); status != OK {
		t.Fatalf("EOF: status %d", status)
	}
	if status := s.bridge.OpWrite(op, []byte("late")); status != EClosed && status != EHandle {
		t.Errorf("write after EOF: status %d", status)
	}
	consumed := 0
	for {
		frame := s.next()
		if frame.Flags == FlagFinal {
			if frame.Type != FrameResult {
				t.Fatalf("%s", frame.Payload)
			}
			break
		}
		var event stdinEvent
		if err := json.Unmarshal(frame.Payload, &event); err != nil || event.Event != "stdin" || event.Consumed < 1 || event.Consumed > 4 {
			t.Fatalf("%v: %s", err, frame.Payload)
		}
		consumed += event.Consumed
	}
	const want = "first second third"
	if got.String() != want || consumed != len(want) {
		t.Errorf("read %q, acknowledged %d bytes", got.String(), consumed)
	}
}

func TestBlobAloneIsTheWholeInput(t *testing.T) {
	var got []byte
	s, client := execSession(t, func(_ context.Context, s core.Streams) (_ core.CommandResult, err error) {
		got, err = io.ReadAll(s.Stdin)
		return core.CommandResult{}, err
	})
	s.submit(client, 1, "container.exec", execRequest, []byte("all"))
	for s.next().Flags != FlagFinal {
	}
	if string(got) != "all" {
		t.Errorf("read %q", got)
	}
}

func TestWithoutInputThereIsNone(t *testing.T) {
	s, client := execSession(t, func(_ context.Context, s core.Streams) (core.CommandResult, error) {
		if s.Stdin != nil {
			return core.CommandResult{}, errors.New("there is an input")
		}
		return core.CommandResult{}, nil
	})
	if frame := s.call(client, "container.exec", execRequest); frame.Type != FrameResult {
		t.Errorf("%s", frame.Payload)
	}
}

func TestInputIsCopied(t *testing.T) {
	var in input
	in.init(func(int) {})
	part := []byte("abc")
	in.write(part)
	copy(part, "xyz")
	got := make([]byte, 10)
	if n, err := in.Read(got); err != nil || string(got[:n]) != "abc" {
		t.Errorf("%q, %v", got[:n], err)
	}
}

func TestClosedInput(t *testing.T) {
	var in input
	in.init(func(int) {})
	in.write([]byte("unread"))
	ended := make(chan error)
	in.close()
	go func() {
		_, err := in.Read(make([]byte, 1))
		ended <- err
	}()
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read: %v", err)
	}
	if status := in.write([]byte("x")); status != EClosed {
		t.Errorf("write: status %d", status)
	}
}
