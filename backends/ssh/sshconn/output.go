package sshconn

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// maxOutput bounds each output of a command, in bytes.
const maxOutput = bounded.Limit / 2

// Output runs a command to its end and returns its outputs, each of which may have up to
// maxOutput bytes.
func (c *Connection) Output(ctx context.Context, command string, stdin []byte) (stdout, stderr []byte, code int, err error) {
	p, err := c.Command(ctx, command)
	if err != nil {
		return nil, nil, -1, err
	}
	defer p.Close()
	stop := guard.OnDone(ctx, func() { p.Close() })
	defer stop()
	guard.Go(func() {
		_, _ = p.ch.Write(stdin)
		_ = p.ch.CloseWrite()
	}, nil)
	problems, out := &bounded.Buffer{What: "the errors of a command", Limit: maxOutput}, &bounded.Buffer{What: "the output of a command", Limit: maxOutput}
	read, copied := make(chan struct{}), make(chan struct{})
	collect := func(to *bounded.Buffer, from io.Reader, done chan struct{}) {
		guard.Go(func() {
			defer close(done)
			if _, _ = io.Copy(to, from); to.Err() != nil {
				p.Close()
			}
		}, nil)
	}
	collect(problems, p.Stderr(), read)
	collect(out, p.Stdout(), copied)
	for _, done := range []chan struct{}{copied, read} {
		select {
		case <-done:
		case <-ctx.Done():
			return nil, nil, -1, core.ContextError(ctx, "running a command on "+c.opts.Target.Text)
		}
	}
	if over := errors.Join(out.Err(), problems.Err()); over != nil {
		return nil, nil, -1, over
	}
	code, err = p.Wait(ctx)
	return out.Bytes(), problems.Bytes(), code, err
}

// tail keeps the last bytes of a stream.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > tailSize {
		t.buf = bytes.Clone(t.buf[len(t.buf)-tailSize:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.buf))
}
