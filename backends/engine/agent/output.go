package agent

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
)

// output is the agent's stdout as one stream; see streams.Demux. The start of its stderr
// is kept for messages.
type output struct {
	in   *bufio.Reader
	left int // of the chunk that is being read

	mu     sync.Mutex
	stderr strings.Builder
}

const maxSaid = 4 << 10

func (o *output) Read(p []byte) (int, error) {
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

func (o *output) keep(length int) error {
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

func (o *output) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(o.stderr.String())
}
