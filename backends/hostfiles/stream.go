package hostfiles

import (
	"context"
	"errors"
	"io"

	"github.com/proboscis/ml_nexus_go/core"
)

// stream moves a large file as a whole, if its reader supports that. It leaves to the
// caller what it did not move.
func (a *applier) stream(ctx context.Context, reader Reader, size int64, writer io.WriterAt, one *temp) error {
	streamer, can := reader.(Streamer)
	if !can || size < largeFile || one.done > 0 {
		return nil
	}
	content, err := streamer.Stream(ctx)
	if err != nil {
		return fatalOnly(ctx, err)
	}
	defer content.Close()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for one.done < size {
		n, err := io.ReadFull(content, (*buffer)[:min(chunkSize, size-one.done)])
		if n > 0 {
			if _, err := writer.WriteAt((*buffer)[:n], one.done); err != nil {
				return err
			}
			one.done += int64(n)
			a.moved(int64(n))
		}
		if err != nil {
			return fatalOnly(ctx, err)
		}
	}
	return nil
}

// fatalOnly drops errors that another way may avoid.
func fatalOnly(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var known *core.Error
	if errors.As(err, &known) && known.Kind == core.KindConnectionLost {
		return err
	}
	return nil
}
