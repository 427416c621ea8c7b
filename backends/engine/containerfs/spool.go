package containerfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// inMemory is how much content is kept in memory, in bytes; more goes to a file.
const inMemory = 1 << 20

// content is what is to be written, all of it: its size goes first, and after a lost
// connection it is sent again.
type content struct {
	io.ReaderAt
	size  int64
	close func()
}

// spool takes all that comes from a reader, however long its reads block.
func spool(ctx context.Context, from io.Reader, dir string) (*content, error) {
	if from == nil {
		return nil, core.Errorf(core.KindInvalidArgument, "there is no input to write")
	}
	type outcome struct {
		*content
		err error
	}
	taken := make(chan outcome, 1)
	guard.Go(func() {
		c, err := take(from, dir)
		if err == nil && ctx.Err() != nil {
			c.close() // nobody waits any more
		}
		taken <- outcome{c, err}
	}, func(p *guard.Panic) { taken <- outcome{err: p} })
	select {
	case o := <-taken:
		if o.err != nil && ctx.Err() != nil {
			return nil, core.ContextError(ctx, "")
		}
		return o.content, o.err
	case <-ctx.Done():
		return nil, core.ContextError(ctx, "")
	}
}

func take(from io.Reader, dir string) (*content, error) {
	var start bytes.Buffer
	n, err := io.CopyN(&start, from, inMemory)
	if errors.Is(err, io.EOF) {
		return &content{bytes.NewReader(start.Bytes()), n, func() {}}, nil
	}
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, "ml_nexus_go-write-*")
	if err != nil {
		return nil, fileerr.At(dir, err)
	}
	_ = os.Remove(file.Name()) // so that it cannot outlive the process
	size, err := io.Copy(file, io.MultiReader(&start, from))
	if err != nil {
		_ = file.Close()
		return nil, localFault(dir, err)
	}
	return &content{file, size, func() { _ = file.Close() }}, nil
}

// localFault is the error of a temporary file on this machine; what the input fails with stays.
func localFault(dir string, err error) error {
	var ours *os.PathError
	if !errors.As(err, &ours) {
		return err
	}
	return fileerr.At(dir, err)
}
