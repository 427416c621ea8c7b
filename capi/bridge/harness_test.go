package bridge

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/core"
)

// patience bounds each wait of a test; nothing waits that long unless it hangs.
const patience = 2 * time.Minute

// session is a bridge with one queue, as a caller of the C ABI sees it.
type session struct {
	t      *testing.T
	bridge *Bridge
	queue  uint64
	fd     int
	ahead  []Frame // read from the queue, not yet returned
}

func newSession(t *testing.T, registry core.Registry) *session {
	t.Helper()
	s := &session{t: t, bridge: New(registry, readNoOptions)}
	var status Status
	if s.queue, s.fd, status = s.bridge.QueueOpen(); status != OK {
		t.Fatalf("QueueOpen: status %d", status)
	}
	t.Cleanup(func() { s.bridge.QueueClose(s.queue) })
	return s
}

// readable waits for the queue's descriptor.
func (s *session) readable(limit time.Duration) bool {
	s.t.Helper()
	for {
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(limit.Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			s.t.Fatalf("poll: %v", err)
		}
		return n == 1
	}
}

func (s *session) next() Frame {
	s.t.Helper()
	for len(s.ahead) == 0 {
		if !s.readable(patience) {
			s.t.Fatal("no frame came")
		}
		s.ahead = s.drain()
	}
	frame := s.ahead[0]
	s.ahead = s.ahead[1:]
	return frame
}

func (s *session) drain() []Frame {
	s.t.Helper()
	buf := make([]byte, 1<<20)
	n, _, status := s.bridge.QueueRead(s.queue, buf)
	if status != OK {
		s.t.Fatalf("QueueRead: status %d", status)
	}
	frames, err := DecodeFrames(buf[:n])
	if err != nil {
		s.t.Fatal(err)
	}
	return frames
}

func (s *session) submit(client, tag uint64, method, request string, blob []byte) uint64 {
	s.t.Helper()
	op, status := s.bridge.Submit(s.queue, client, tag, method, []byte(request), blob)
	if status != OK {
		s.t.Fatalf("Submit %s: status %d", method, status)
	}
	return op
}

// call submits and returns the FINAL frame, which must be the only one.
func (s *session) call(client uint64, method, request string) Frame {
	s.t.Helper()
	s.submit(client, 1, method, request, nil)
	frame := s.next()
	if frame.Flags != FlagFinal {
		s.t.Fatalf("%s: the first frame is not FINAL: %+v", method, frame)
	}
	return frame
}

// failed decodes an ERROR frame.
func (s *session) failed(frame Frame) *core.Error {
	s.t.Helper()
	var e core.Error
	if frame.Type != FrameError || frame.Flags != FlagFinal {
		s.t.Fatalf("not an ERROR frame: type %d, flags %d, %s", frame.Type, frame.Flags, frame.Payload)
	}
	if err := json.Unmarshal(frame.Payload, &e); err != nil {
		s.t.Fatalf("ERROR frame: %v: %s", err, frame.Payload)
	}
	return &e
}

// scripted is a client whose exec is a function of the test: it provokes what a queue,
// credit and input do without an engine's timing.
type scripted struct {
	core.DockerClient
	exec func(ctx context.Context, s core.Streams) (core.CommandResult, error)
}

func (c *scripted) Exec(ctx context.Context, _ core.ExecRequest, s core.Streams) (core.CommandResult, error) {
	return c.exec(ctx, s)
}

func (c *scripted) Close() error { return nil }

// execSession opens a scripted client.
func execSession(t *testing.T, exec func(context.Context, core.Streams) (core.CommandResult, error)) (*session, uint64) {
	t.Helper()
	s := newSession(t, core.Registry{core.SchemeDefault: func(context.Context, core.Target, core.OpenRequest) (core.DockerClient, error) {
		return &scripted{exec: exec}, nil
	}})
	frame := s.call(0, "client.open", `{"target":"local"}`)
	var opened openResult
	if err := json.Unmarshal(frame.Payload, &opened); err != nil || opened.Client == 0 {
		t.Fatalf("client.open: %v: %s", err, frame.Payload)
	}
	return s, opened.Client
}

func readNoOptions(core.OptionsRequest) (core.OptionsResult, error) {
	return core.OptionsResult{}, nil
}
