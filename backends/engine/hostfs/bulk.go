package hostfs

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Large files go into a container that is never started, through the engine's archive
// endpoint: that takes half the time of an attached stream. The agent of the same folder
// sets their attributes, and removes them if the client vanishes.

func (t *tree) bulkContainer(ctx context.Context) (string, error) {
	t.bulk.Lock()
	defer t.bulk.Unlock()
	if t.bulkID == "" {
		t.bulkID = t.fs.takeSpare(t.folder)
	}
	if t.bulkID == "" && t.bulkFail == nil {
		t.bulkID, t.bulkFail = t.fs.helpers.FileContainer(ctx, nil, agent.Bind(t.folder, mounted))
	}
	return t.bulkID, t.bulkFail
}

// Put implements hostfiles.Putter.
func (t *tree) Put(ctx context.Context, path string, content io.Reader, size int64, want *hostfiles.Entry, moved func(n int64)) error {
	if t.noBulk {
		// An earlier attempt may have left a part whose end is unknown.
		if err := t.Remove(ctx, path, false); err != nil && !fileerr.IsAbsent(err) {
			return err
		}
		return hostfiles.ErrNotPut
	}
	id, err := t.bulkContainer(ctx)
	if err != nil {
		return hostfiles.ErrNotPut
	}
	holding := make(chan error, 1)
	guard.Go(func() {
		long, cancel := session.Outlive(ctx) // the agent removes what is cut off
		defer cancel()
		holding <- t.do(long, func(c *protocol.Client) error { return c.Hold(long, path) })
	}, func(p *guard.Panic) { holding <- p })
	source := &bulkSource{from: content, left: size, moved: moved}
	err = t.fs.putFile(ctx, id, path, source, size)
	if hold := <-holding; err == nil {
		err = hold
	}
	if err == nil {
		exact := *want
		exact.Size = size
		err = t.do(ctx, func(c *protocol.Client) error { return c.Adopt(ctx, path, &exact) })
	}
	if err == nil {
		return nil
	}
	t.putFailed.Store(true)
	return t.notPut(ctx, id, path, source.end(), err)
}

// notPut removes what arrived. A full disk and the end of the connection or of ctx are
// errors; anything else, even an unreadable source, may work the other way.
func (t *tree) notPut(ctx context.Context, id, path string, source, err error) error {
	err = agent.Fault(ctx, err)
	kind := core.KindOf(err)
	lost := source == nil && (kind == core.KindConnectionLost || kind == core.KindEngineUnreachable)
	if ctx.Err() != nil || lost || fileerr.IsFull(err) {
		return err
	}
	// The engine may still be extracting what it got; it locks the container meanwhile, so
	// this request is answered afterwards.
	_, _ = t.fs.session.API.ContainerInspect(ctx, id)
	if removing := t.Remove(ctx, path, false); removing != nil && !fileerr.IsAbsent(removing) {
		return removing
	}
	return hostfiles.ErrNotPut
}

// putFile extracts an archive of one file.
func (h *FS) putFile(ctx context.Context, id, path string, content io.Reader, size int64) error {
	folder, name := hostfiles.Split(path)
	var head bytes.Buffer
	err := tar.NewWriter(&head).WriteHeader(&tar.Header{
		Format: tar.FormatPAX, Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: time.Now().Truncate(time.Second),
	})
	if err != nil {
		return err
	}
	const block = 512
	tail := make([]byte, -size&(block-1)+2*block)
	archive := io.MultiReader(&head, content, bytes.NewReader(tail))
	return h.session.API.CopyToContainer(ctx, id, mounted+"/"+folder, archive, container.CopyToContainerOptions{})
}

// bulkSource counts what is read, and notes why there is not enough. The request may
// keep reading after its answer arrived.
type bulkSource struct {
	from  io.Reader
	moved func(n int64)

	mu     sync.Mutex
	left   int64
	moving int64
	failed error
	over   bool
}

func (s *bulkSource) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.from.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	s.moving += int64(n)
	s.moved(int64(n))
	switch {
	case errors.Is(err, io.EOF) && s.left > 0:
		err = errShort
	case errors.Is(err, io.EOF):
		err = nil
	}
	s.failed = err
	return n, err
}

var errShort = errors.New("the source got shorter")

// end takes back what was counted, and returns the source's own error.
func (s *bulkSource) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.moved(-s.moving)
	return s.failed
}
