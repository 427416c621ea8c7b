package hostfiles

import (
	"context"
	"errors"
	"io"

	"github.com/proboscis/ml_nexus_go/core"
)

// stream moves a large file as a whole, where its reader has a way for that. What it did
// not move is left to the caller.
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

// fatalOnly forgives what may go better another way.
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
