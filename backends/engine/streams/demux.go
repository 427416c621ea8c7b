package streams

import (
	"encoding/binary"
	"io"

	"github.com/proboscis/ml_nexus_go/core"
)

// BufferSize is large enough for the engine's biggest write (32 KiB and a header). A larger
// one was slower: see docs/performance.md.
const BufferSize = 64 << 10

// Demux writes what an attached stream carries to the two outputs until it ends.
// With a TTY the stream is raw; otherwise each chunk has a header of 8 bytes: the
// stream's number, three zeros, the length in big-endian.
func Demux(r io.Reader, tty bool, stdout, stderr io.Writer) error {
	if stdout == nil {
		stdout = io.Discard
	}
	if stderr == nil {
		stderr = io.Discard
	}
	if tty {
		_, err := io.CopyBuffer(writerOnly{stdout}, r, make([]byte, BufferSize))
		return err
	}
	in := &readAhead{from: r}
	for {
		head, err := in.atLeast(8)
		if err != nil {
			if err == io.EOF && len(head) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return unlessEOF(err)
		}
		var out io.Writer
		switch head[0] {
		case 0, 1:
			out = stdout
		case 2:
			out = stderr
		default:
			return core.Errorf(core.KindEngineError, "the engine sent a chunk for stream %d, which does not exist", head[0])
		}
		size := int64(binary.BigEndian.Uint32(head[4:]))
		in.used(8)
		if pieces, ok := out.(stampJoiner); ok {
			if err := pieces.frame(); err != nil {
				return err
			}
		}
		if err := passOn(out, in, size); err != nil {
			return err
		}
	}
}

// passOn writes size bytes as they arrive, from the reader's own buffer.
func passOn(out io.Writer, in *readAhead, size int64) error {
	for size > 0 {
		ready, err := in.atLeast(1)
		if err != nil {
			return noEOF(err)
		}
		ready = ready[:min(size, int64(len(ready)))]
		if _, err := out.Write(ready); err != nil {
			return err
		}
		in.used(len(ready))
		size -= int64(len(ready))
	}
	return nil
}

func unlessEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// writerOnly hides ReadFrom, which would bypass the buffer.
type writerOnly struct{ io.Writer }
