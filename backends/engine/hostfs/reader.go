package hostfs

import (
	"archive/tar"
	"context"
	"errors"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// reader is a file of the host that the agent has open; a large one is read whole through
// the engine's archive endpoint.
type reader struct {
	hostfiles.Reader
	tree *tree
	path string
}

var _ hostfiles.Streamer = (*reader)(nil)

var errOtherFile = errors.New("another file has the name meanwhile")

// Stream implements hostfiles.Streamer.
func (r *reader) Stream(ctx context.Context) (io.ReadCloser, error) {
	if r.tree.noBulk {
		return nil, hostfiles.ErrNotPut
	}
	id, err := r.tree.bulkContainer(ctx)
	if err != nil {
		return nil, err
	}
	open, err := r.Stat()
	if err != nil {
		return nil, err
	}
	content, _, err := r.tree.fs.session.API.CopyFromContainer(ctx, id, mounted+"/"+r.path)
	if err != nil {
		return nil, agent.Fault(ctx, err)
	}
	archive := tar.NewReader(content)
	header, err := archive.Next()
	if err == nil && (header.Typeflag != tar.TypeReg || header.Size != open.Size || header.ModTime.Unix() != floorSeconds(open.MTime)) {
		err = errOtherFile
	}
	if err != nil {
		_ = content.Close()
		return nil, agent.Fault(ctx, err)
	}
	return &streamedFile{ctx: ctx, archive: archive, Closer: content}, nil
}

// floorSeconds returns the second of a time in nanoseconds.
func floorSeconds(nanoseconds int64) int64 {
	const second = 1_000_000_000
	seconds := nanoseconds / second
	if nanoseconds%second < 0 {
		seconds--
	}
	return seconds
}

// streamedFile is the one file of an archive.
type streamedFile struct {
	ctx     context.Context
	archive io.Reader
	io.Closer
}

func (f *streamedFile) Read(p []byte) (int, error) {
	n, err := f.archive.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = agent.Fault(f.ctx, err)
	}
	return n, err
}
