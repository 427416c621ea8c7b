package streams

import (
	"context"
	"io"
	"os"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// EndingWith returns a reader whose Read ends with ctx, however long from blocks: an HTTP
// client waits for the end of a Read.
func EndingWith(ctx context.Context, from io.Reader) (io.Reader, func()) {
	reader, writer := io.Pipe()
	stop := guard.OnDone(ctx, func() { _ = reader.CloseWithError(io.ErrClosedPipe) })
	guard.Go(func() {
		_, err := io.Copy(writer, from)
		_ = writer.CloseWithError(err)
	}, func(p *guard.Panic) { _ = writer.CloseWithError(p) })
	return reader, func() { stop(); _ = reader.Close() }
}

// OpenLocal opens an archive on this machine for reading, and returns its size, -1 if that is not
// known. What is written after that is not read.
func OpenLocal(path string) (io.ReadCloser, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fileerr.At(path, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = core.Errorf(core.KindInvalidArgument, "%s is a folder: an archive is a file", path)
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, fileerr.At(path, err)
	}
	if !info.Mode().IsRegular() {
		return file, -1, nil
	}
	return limited{io.LimitReader(file, info.Size()), file}, info.Size(), nil
}

type limited struct {
	io.Reader
	io.Closer
}
