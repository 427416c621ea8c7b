package sftpfs

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// The client of package sftp collects a folder's names until the host says that there
// are no more. So this file watches the streams below it: if a folder has too many names,
// the host's next part is replaced by a failure.

// Packet types of SFTP version 3.
const (
	packetClose   = 4
	packetReaddir = 12
	packetStatus  = 101
	packetName    = 104

	statusFailure = 4
)

const (
	// maxPacket is the longest that package sftp accepts.
	maxPacket = 256 << 10
	// nameCost is what a name takes in memory, besides itself, in its intermediate forms.
	nameCost = 200
	// shortestName is a name on the wire: two lengths, one byte, attributes.
	shortestName = 13
)

const tooManyNames = "too many names: ml_nexus_go stopped to list the folder"

// Limited watches the streams of an SFTP session for NewClientPipe.
func Limited(in io.Reader, out io.WriteCloser) (io.Reader, io.WriteCloser) {
	w := &watch{asked: map[uint32]string{}, listed: map[string]*bounded.Count{}}
	return &answers{watch: w, from: in}, &requests{watch: w, WriteCloser: out}
}

// watch knows which folders are being listed.
type watch struct {
	mu     sync.Mutex
	asked  map[uint32]string         // by request: the folder's handle
	listed map[string]*bounded.Count // by handle
}

// request notes a request of the client.
func (w *watch) request(packet []byte) {
	if len(packet) < 9 {
		return
	}
	id, handle := binary.BigEndian.Uint32(packet[1:]), packet[9:]
	w.mu.Lock()
	defer w.mu.Unlock()
	switch packet[0] {
	case packetReaddir:
		w.asked[id] = string(handle)
		if w.listed[string(handle)] == nil {
			w.listed[string(handle)] = &bounded.Count{Limit: bounded.Limit}
		}
	case packetClose:
		delete(w.listed, string(handle))
	}
}

// answer notes an answer of the host, and replaces one that exceeds the limit.
func (w *watch) answer(packet []byte) []byte {
	if len(packet) < 5 {
		return packet
	}
	id := binary.BigEndian.Uint32(packet[1:])
	w.mu.Lock()
	defer w.mu.Unlock()
	handle, asked := w.asked[id]
	if !asked {
		return packet
	}
	delete(w.asked, id)
	if packet[0] != packetName || len(packet) < 9 {
		return packet
	}
	names := min(int(binary.BigEndian.Uint32(packet[5:])), len(packet)/shortestName)
	taken := w.listed[handle]
	if taken == nil || taken.Add(len(packet)/2+names*nameCost) == nil {
		return packet
	}
	status := append([]byte{packetStatus}, packet[1:5]...)
	status = binary.BigEndian.AppendUint32(status, statusFailure)
	status = binary.BigEndian.AppendUint32(status, uint32(len(tooManyNames)))
	return append(append(status, tooManyNames...), 0, 0, 0, 0) // no language
}

// requests are what the client sends, packet by packet.
type requests struct {
	*watch
	io.WriteCloser
	head []byte // the start of a packet: its length, and the part that is inspected
	left int    // of the packet, beyond head
}

// seen is how much of a request is inspected: type, number and a handle.
const seen = 9 + 256

func (r *requests) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	for rest := p; len(rest) > 0; {
		if r.left > 0 {
			skip := min(r.left, len(rest))
			r.left, rest = r.left-skip, rest[skip:]
			continue
		}
		r.head, rest = append(r.head, rest[0]), rest[1:]
		if len(r.head) < 4 {
			continue
		}
		size := int(binary.BigEndian.Uint32(r.head))
		if want := min(size, seen); len(r.head)-4 < want {
			more := min(want-(len(r.head)-4), len(rest))
			r.head, rest = append(r.head, rest[:more]...), rest[more:]
			if len(r.head)-4 < want {
				continue
			}
		}
		r.request(r.head[4:])
		r.left, r.head = size-(len(r.head)-4), r.head[:0]
	}
	return r.WriteCloser.Write(p)
}

// answers are what the host sends, packet by packet. Names and statuses are inspected
// whole; everything else (content) passes.
type answers struct {
	*watch
	from io.Reader
	now  []byte // the part of the packet that was not read yet
	all  []byte // the buffer of now
	left int    // of the packet, beyond now: it passes
}

func (a *answers) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	if len(a.now) == 0 && a.left == 0 {
		if err := a.next(); err != nil {
			return 0, err
		}
	}
	if len(a.now) > 0 {
		n = copy(p, a.now)
		a.now = a.now[n:]
		return n, nil
	}
	n, err = a.from.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, noEOF(a.left, err)
}

// next reads the start of the next packet, or all of it.
func (a *answers) next() error {
	const start = 4 + 1 // the length and the type
	if a.all == nil {
		a.all = make([]byte, start, 4<<10)
	}
	a.now = a.all[:start]
	if n, err := io.ReadFull(a.from, a.now); err != nil {
		a.now = a.now[:n] // package sftp says what is wrong with it
		return noEOF(n, unlessSome(n, err))
	}
	size := int(binary.BigEndian.Uint32(a.now))
	if size == 0 || size > maxPacket || a.now[4] != packetName && a.now[4] != packetStatus {
		a.left = max(0, size-1)
		return nil
	}
	if cap(a.all) < size+4 {
		a.all = append(make([]byte, 0, size+4), a.now...)
	}
	a.now = a.all[:size+4]
	if _, err := io.ReadFull(a.from, a.now[start:]); err != nil {
		a.now = nil
		return noEOF(1, err)
	}
	if answer := a.answer(a.now[4:]); len(answer) != size {
		a.now = append(binary.BigEndian.AppendUint32(nil, uint32(len(answer))), answer...)
	}
	return nil
}

// unlessSome drops an error if something came before it.
func unlessSome(n int, err error) error {
	if n > 0 {
		return nil
	}
	return err
}

// noEOF turns a premature end into an error.
func noEOF(due int, err error) error {
	if due > 0 && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// overLimit turns the failure of a folder with too many names into the error of that.
func overLimit(folder string, err error) error {
	var status *sftp.StatusError
	if errors.As(err, &status) && strings.Contains(status.Error(), tooManyNames) {
		return bounded.TooLarge("the list of the names in "+folder, bounded.Limit).With("path", folder)
	}
	return err
}
