package engine

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// runningAgent is the agent in a container, for one folder of the host.
type runningAgent struct {
	*protocol.Client
	id     string // of the container
	stream types.HijackedResponse
	output *agentOutput
}

// agentContainer makes the container of an agent for a folder of the host. The agent
// ends by itself when the connection is lost, and the engine removes its container then.
func (e *Engine) agentContainer(ctx context.Context, folder string) (id string, err error) {
	grace := strconv.Itoa(int(e.session.ReconnectTime() / time.Second))
	return e.hostContainer(ctx, []string{hostFolder, grace}, hostBind(folder, hostFolder))
}

// start starts the agent; where that fails, its container is removed by end.
func (a *runningAgent) start(ctx context.Context, e *Engine) error {
	err := a.connect(ctx, e)
	if err != nil && a.stream.Conn != nil {
		a.stream.Close()
	}
	return err
}

func (a *runningAgent) connect(ctx context.Context, e *Engine) (err error) {
	a.stream, err = session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerAttach(ctx, a.id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	})
	if err != nil {
		return err
	}
	err = e.startCreated(ctx, a.id)
	if err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "not a directory") {
		return syscall.ENOTDIR // what was mounted is a file
	}
	if err != nil {
		return err
	}
	a.output = &agentOutput{in: bufio.NewReaderSize(a.stream.Reader, streams.BufferSize)}
	a.Client = protocol.NewClient(a.output, a.stream.Conn)
	if err := a.Ready(ctx); err != nil {
		if said := a.output.said(); said != "" && ctx.Err() == nil {
			return core.Errorf(core.KindEngineError, "the agent on the engine's host does not start: %s", said)
		}
		return err
	}
	return nil
}

// alive reports whether the connection to the agent is there.
func (a *runningAgent) alive() bool {
	select {
	case <-a.Done():
		return false
	default:
		return true
	}
}

// end lets the agent remove what is incomplete, and removes its container.
func (a *runningAgent) end(ctx context.Context, e *Engine) error {
	if a.Client != nil {
		a.Bye()
		timer := time.NewTimer(session.CleanupTime)
		defer timer.Stop()
		select {
		case <-a.Done():
		case <-timer.C:
		}
		a.stream.Close()
	}
	return e.removeHelper(ctx, a.id)
}

// agentOutput is the agent's stdout as one stream; see demux. The start of its stderr
// is kept for messages.
type agentOutput struct {
	in   *bufio.Reader
	left int // of the chunk that is being read

	mu     sync.Mutex
	stderr strings.Builder
}

const maxSaid = 4 << 10

func (o *agentOutput) Read(p []byte) (int, error) {
	for o.left == 0 {
		var head [8]byte
		if _, err := io.ReadFull(o.in, head[:]); err != nil {
			return 0, err
		}
		length := int(binary.BigEndian.Uint32(head[4:]))
		if head[0] != 2 {
			o.left = length
			continue
		}
		if err := o.keep(length); err != nil {
			return 0, err
		}
	}
	n, err := o.in.Read(p[:min(len(p), o.left)])
	o.left -= n
	if errors.Is(err, io.EOF) && o.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (o *agentOutput) keep(length int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := make([]byte, min(length, maxSaid-o.stderr.Len()))
	if _, err := io.ReadFull(o.in, text); err != nil {
		return err
	}
	o.stderr.Write(text)
	_, err := io.CopyN(io.Discard, o.in, int64(length-len(text)))
	return err
}

func (o *agentOutput) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(o.stderr.String())
}
