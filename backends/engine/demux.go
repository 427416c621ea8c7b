package engine

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/proboscis/ml_nexus_go/core"
)

// streamBuffer is large enough for the engine's biggest write (32 KiB and a head).
const streamBuffer = 64 << 10

// demux writes what an attached stream carries to the two outputs until it ends.
// With a TTY the stream is raw; otherwise each chunk has a head of 8 bytes: the
// stream's number, three zeros, the length in big-endian.
func demux(r io.Reader, tty bool, stdout, stderr io.Writer) error {
	if stdout == nil {
		stdout = io.Discard
	}
	if stderr == nil {
		stderr = io.Discard
	}
	if tty {
		_, err := io.CopyBuffer(writerOnly{stdout}, r, make([]byte, streamBuffer))
		return err
	}
	in := bufio.NewReaderSize(r, streamBuffer)
	var head [8]byte
	buf := make([]byte, streamBuffer)
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
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
		for left := int64(binary.BigEndian.Uint32(head[4:])); left > 0; {
			n, err := in.Read(buf[:min(left, int64(len(buf)))])
			if n > 0 {
				if _, werr := out.Write(buf[:n]); werr != nil {
					return werr
				}
				left -= int64(n)
			}
			if err != nil {
				return noEOF(err)
			}
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// writerOnly hides ReadFrom, which would bypass the buffer.
type writerOnly struct{ io.Writer }
