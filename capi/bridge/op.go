package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Op is one operation under way.
type Op struct {
	queue  *Queue
	tag    uint64
	handle atomic.Uint64
	cancel context.CancelCauseFunc
	ctx    context.Context
	credit credit
	input  input
	ended  sync.Once
}

func newOp(q *Queue, tag uint64) *Op {
	op := &Op{queue: q, tag: tag}
	op.ctx, op.cancel = context.WithCancelCause(context.Background())
	op.credit.init(op.ctx)
	op.input.init(op.consumed)
	return op
}

// streams connects a method to the caller's frames.
func (op *Op) streams(withInput bool) core.Streams {
	s := core.Streams{
		Stdout: &output{op, FrameStdout},
		Stderr: &output{op, FrameStderr},
		Event:  op.event,

		LetThrough: op.credit.letThrough,
	}
	if withInput {
		s.Stdin = &op.input
	}
	return s
}

// event sends an EVENT frame. It blocks while too much is waiting for the reader.
func (op *Op) event(event any) {
	op.queue.awaitRoom(op.ctx)
	op.tell(event)
}

func (op *Op) tell(event any) {
	payload, err := json.Marshal(event)
	if err != nil {
		return // only this package's and core's own types get here
	}
	op.queue.push(op.tag, FrameEvent, 0, valid(payload))
}

// valid returns JSON as UTF-8: what an engine wrote, and is passed on as it is, may be none.
func valid(payload []byte) []byte {
	if utf8.Valid(payload) {
		return payload
	}
	return bytes.ToValidUTF8(payload, []byte("\uFFFD"))
}

// stdinEvent says how many more bytes of the input were read.
type stdinEvent struct {
	Event    string `json:"event"` // "stdin"
	Consumed int    `json:"consumed"`
}

// consumed must not block: the event loop, which writes the input, holds the input's lock.
func (op *Op) consumed(n int) { op.tell(stdinEvent{"stdin", n}) }

// finish sends the FINAL frame, once, and ends the operation's handle first: a caller that
// has read the frame finds no handle.
func (op *Op) finish(result any, err error, release func(handle uint64)) {
	op.ended.Do(func() {
		kind, payload := encodeEnd(result, err)
		release(op.handle.Load())
		op.cancel(nil)
		op.input.close()
		op.queue.remove(op)
		op.queue.push(op.tag, kind, FlagFinal, valid(payload))
	})
}

func encodeEnd(result any, err error) (FrameType, []byte) {
	if err == nil {
		if raw, ok := result.(json.RawMessage); ok {
			return FrameResult, raw
		}
		var payload []byte
		if payload, err = json.Marshal(result); err == nil {
			return FrameResult, payload
		}
	}
	payload, marshalErr := json.Marshal(wireError(err))
	if marshalErr != nil {
		payload = []byte(`{"kind":"InternalError","op":"","message":"an error could not be encoded"}`)
	}
	return FrameError, payload
}

// wireError converts an error for a frame. Foreign errors are defects.
func wireError(err error) *core.Error {
	var known *core.Error
	if errors.As(err, &known) {
		return known
	}
	var p *guard.Panic
	if errors.As(err, &p) {
		return core.FromPanic(p)
	}
	return core.Errorf(core.KindInternalError, "%w", err)
}

// output sends what is written as frames, as credit allows. Output that no longer waits
// for credit is dropped.
type output struct {
	op   *Op
	kind FrameType
}

var _ io.Writer = (*output)(nil)

func (o *output) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n, err := o.op.credit.take(min(len(p), maxChunk))
		if err != nil {
			return written, err
		}
		if n == 0 { // dropped
			return written + len(p), nil
		}
		o.op.queue.push(o.op.tag, o.kind, 0, p[:n])
		p, written = p[n:], written+n
	}
	return written, nil
}
