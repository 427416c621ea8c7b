package rsync

import (
	"bufio"
	"context"
	"fmt"
	"hash"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Receiver is a session with a host's "rsync --server --sender": List, then Receive once.
// Nothing that comes is trusted: the list is as the host sent it, and its user checks it.
type Receiver struct {
	*peer
	o   *ReceiveOptions
	ctx context.Context
	r   *bufio.Reader
	// listed is the list in the order of its numbers.
	listed []hostfiles.Entry
	sums   map[string][]byte
	stop   func() bool
}

// ReceiveOptions say what to receive. They must be those of the sender's command line; see
// SenderCommand.
type ReceiveOptions struct {
	Rules               []string // of what is not wanted
	HardLinks, Checksum bool
	Issues              *hostfiles.Issues
	// Abandon closes the streams at once.
	Abandon func()
	// Source is what the sender's messages have in front of paths.
	Source string
}

// SenderCommand is the sender's command line, without the source.
func SenderCommand(o *ReceiveOptions) []string {
	letters := "-ltprog"
	if o.HardLinks {
		letters += "H"
	}
	if o.Checksum {
		letters += "c"
	}
	return []string{"rsync", "--server", "--sender", letters + "e.LsfxCIvu", "--numeric-ids", "--no-msgs2stderr", "."}
}

// Begin agrees on the protocol with a sender that was started.
func Begin(ctx context.Context, o *ReceiveOptions, r io.Reader, w io.Writer, stderr io.Reader) (*Receiver, error) {
	s := &Receiver{peer: newPeer(o.Issues, o.Source), o: o, ctx: ctx}
	var err error
	if s.stop, err = s.begin(ctx, r, w, stderr, o.Abandon); err != nil {
		return nil, err
	}
	s.r = bufio.NewReaderSize(s.in, frameSize)
	return s, nil
}

// generalError is the flag of what makes a list incomplete: less than all could be read.
const generalError = 1 << 0

// List returns what the source has, with its root (path ""), in any order. It is not complete
// where something could not be read.
func (s *Receiver) List() (entries []hostfiles.Entry, complete bool, err error) {
	for _, rule := range s.o.Rules {
		_, _ = s.out.Write(append(appendInt(nil, int32(len(rule))), rule...))
	}
	if _, err = s.out.Write(appendInt(nil, 0)); err == nil {
		err = s.out.flush()
	}
	if err != nil {
		return nil, false, s.explain(err)
	}
	size := 0
	if s.o.Checksum {
		size = s.sum.size
	}
	l := newListReader(s.r, size)
	ioErrors, err := l.read()
	if err != nil {
		return nil, false, s.explain(err)
	}
	if s.o.Checksum {
		s.sums = make(map[string][]byte, len(l.sums))
		for i, sum := range l.sums {
			s.sums[l.entries[i].Path] = sum
		}
	}
	entries = append([]hostfiles.Entry(nil), l.entries...)
	sortEntries(l.entries)
	s.listed = l.entries
	return entries, (ioErrors|s.ioErrors.Load())&generalError == 0, nil
}

// Sum returns the checksum that the list has of a file; nil where it has none.
func (s *Receiver) Sum(path string) []byte { return s.sums[path] }

// Hash returns the checksum's function.
func (s *Receiver) Hash() hash.Hash { return s.sum.file() }

// Close ends the session. The sender has nothing left to do then, and is not waited for.
func (s *Receiver) Close() {
	s.stop()
	s.out.abort()
	s.in.end(io.ErrClosedPipe)
}

// goodbye says that this side is done, as often as the sender expects it.
func (s *Receiver) goodbye(said int) error {
	for ; said < theirDones; said++ {
		if _, err := s.out.Write(s.sends.append(nil, ndxDone)); err != nil {
			return err
		}
	}
	return s.out.close()
}

// wrong is the error of an answer that cannot be one.
func wrong(format string, args ...any) error {
	return fmt.Errorf("the host's rsync sent "+format, args...)
}
