package protocol

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Client is the tree that an agent serves. A lost stream is a ConnectionLost.
type Client struct {
	out   frameWriter
	greet sync.Once
	ready chan struct{} // closed by the agent's first frame
	done  chan struct{} // closed when nothing comes any more

	mu    sync.Mutex
	next  uint32
	calls map[uint32]*pending
	lost  error
}

// NewClient reads from in until it ends or breaks.
func NewClient(in io.Reader, out io.Writer) *Client {
	c := &Client{out: frameWriter{w: out}, ready: make(chan struct{}), done: make(chan struct{}), calls: map[uint32]*pending{}}
	guard.Go(func() { c.end(c.receive(bufio.NewReaderSize(in, readAhead))) }, func(p *guard.Panic) { c.end(p) })
	guard.Go(c.beat, nil)
	return c
}

// beat tells the agent again and again that its client is there, until the stream has ended.
func (c *Client) beat() {
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for c.out.send(frameBeat, 0, nil) == nil {
		select {
		case <-ticker.C:
		case <-c.done:
			return
		}
	}
}

// Ready waits until the agent answers.
func (c *Client) Ready(ctx context.Context) error {
	select {
	case <-c.ready:
		return nil
	case <-c.done:
		return c.lost
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Done returns a channel that is closed when the stream has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// pending is a call that waits for its answer.
type pending struct {
	list   listing    // of what came so far
	answer chan frame // the last frame
}

func (c *Client) receive(in io.Reader) error {
	for {
		f, err := readFrame(in)
		if err != nil {
			return err
		}
		if f.kind == frameHello {
			c.greet.Do(func() { close(c.ready) })
			continue
		}
		c.mu.Lock()
		p := c.calls[f.call]
		if f.kind != frameItem {
			delete(c.calls, f.call)
		}
		c.mu.Unlock()
		switch {
		case p == nil:
			return errFrame
		case f.kind == frameItem:
			p.list.add(f.payload)
		default:
			p.answer <- f
		}
	}
}

func (c *Client) end(err error) {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = core.Errorf(core.KindConnectionLost, "the connection to the agent on the engine's host was lost: %w", err)
	close(c.done)
}

// call sends a request (its payload without the operation) and waits for the answer.
// The receiver of a reply may recycle its payload.
func (c *Client) call(ctx context.Context, request fields) (*pending, frame, error) {
	p := &pending{answer: make(chan frame, 1), list: newListing()}
	c.mu.Lock()
	if c.lost != nil {
		c.mu.Unlock()
		return nil, frame{}, c.lost
	}
	c.next++
	id := c.next
	c.calls[id] = p
	c.mu.Unlock()
	err := c.out.send(frameRequest, id, request)
	recycle(request)
	if err != nil {
		return nil, frame{}, core.Errorf(core.KindConnectionLost, "the connection to the agent on the engine's host was lost: %w", err)
	}
	select {
	case f := <-p.answer:
		return p, f, failure(f)
	case <-ctx.Done():
		return nil, frame{}, context.Cause(ctx)
	case <-c.done:
	}
	select {
	case f := <-p.answer: // it came just before the end
		return p, f, failure(f)
	default:
		return nil, frame{}, c.lost
	}
}

func failure(f frame) error {
	if f.kind == frameReply {
		return nil
	}
	r := reader{f.payload}
	number, text := r.number(), r.text()
	if number > 0 && number <= maxErrno {
		return fileerr.FromLinux(number)
	}
	return errors.New(text[:min(len(text), maxReason)])
}

const (
	maxErrno  = 4095    // of Linux
	maxReason = 4 << 10 // of an error's text, in bytes
)

// ask is call for a reply of one frame.
func (c *Client) ask(ctx context.Context, request fields) (reader, error) {
	_, f, err := c.call(ctx, request)
	return reader{f.payload}, err
}

// Bye tells the agent that nothing more will be asked: it removes what is incomplete
// and ends, which ends the stream.
func (c *Client) Bye() { _ = c.out.send(frameBye, 0, nil) }

func request(op byte, texts ...string) fields {
	f := newFields(0)
	f = append(f, op)
	for _, text := range texts {
		f.text(text)
	}
	return f
}
