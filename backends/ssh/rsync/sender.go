package rsync

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

const (
	protocol = 31
	// What the receiver says it supports.
	compatSeedFirst = 1 << 5
	compatVarints   = 1 << 7
)

// Item flags.
const (
	itemBasisFollows = 1 << 11
	itemNameFollows  = 1 << 12
	itemTransfer     = 1 << 15
)

// sender is one session.
type sender struct {
	*Options
	Listed
	*peer
	ctx   context.Context
	stats Stats
	batch []byte
	// buffer is for whole files.
	buffer   []byte
	lastSent int32
	told     int // how often this side has said that it is done
}

// Run makes the receiver at the other end of the streams like the source.
func Run(ctx context.Context, o *Options, r io.Reader, w io.Writer, stderr io.Reader) (Stats, error) {
	s := &sender{Options: o, peer: newPeer(o.Issues, o.Destination), ctx: ctx, lastSent: -1}
	stop, err := s.begin(ctx, r, w, stderr, o.Abandon)
	if err != nil {
		return s.stats, err
	}
	defer stop()
	if s.Listed, err = o.List(ctx); err != nil {
		s.out.abort()
		return s.stats, err
	}
	err = s.run()
	if closing := s.out.close(); err == nil {
		err = closing
	}
	s.stats.Wire = s.out.sent
	if err == nil {
		return s.stats, s.judge(nil)
	}
	if ctx.Err() != nil {
		return s.stats, err
	}
	return s.stats, s.explain(err)
}

func (s *sender) run() error {
	if s.Delete {
		for _, rule := range s.Rules {
			_, _ = s.out.Write(append(appendInt(nil, int32(len(rule))), rule...))
		}
		_, _ = s.out.Write(appendInt(nil, 0))
	}
	sortEntries(s.Entries)
	if err := s.sendList(); err != nil {
		return err
	}
	for heard := 0; heard < theirDones; {
		ndx, err := s.next()
		if err != nil {
			return err
		}
		if ndx == ndxDone {
			heard++
			if err := s.done(heard); err != nil {
				return err
			}
			continue
		}
		if s.told == ourDones {
			return fmt.Errorf("the host's rsync asks for entry %d after the end", ndx)
		}
		if err := s.item(ndx); err != nil {
			return err
		}
	}
	return nil
}

// How often each side says that it is done: at the end of two phases, of deletions and
// of all; the receiver again before it ends.
const (
	ourDones   = 4
	theirDones = 5
)

// done answers the receiver's nth report that it is done. When it can request no file
// again, all answers are sent at once: it waits for none of them.
func (s *sender) done(nth int) error {
	upTo := min(nth, ourDones)
	if nth > 1 || s.stats.Files == 0 {
		upTo = ourDones
	}
	for ; s.told < upTo; s.told++ {
		if _, err := s.out.Write(s.sends.append(nil, ndxDone)); err != nil {
			return err
		}
	}
	return nil
}

func (s *sender) sendList() error {
	w := &listWriter{hardLinks: s.HardLinks, owner: s.Owner}
	var failed error
	if s.Checksum {
		w.sums = func(e *hostfiles.Entry) []byte {
			sum, err := s.fileSum(e)
			if err != nil && failed == nil && s.ctx.Err() != nil {
				failed = err
			}
			return sum
		}
	}
	for i := range s.Entries {
		s.batch = w.append(s.batch[:0], &s.Entries[i])
		if _, err := s.out.Write(s.batch); err != nil || failed != nil {
			return errors.Join(failed, err)
		}
	}
	_, err := s.out.Write(appendEnd(nil, s.Incomplete))
	return err
}

// fileSum returns a file's checksum; an unreadable file has one that differs from any.
func (s *sender) fileSum(e *hostfiles.Entry) ([]byte, error) {
	h := s.sum.file()
	reader, err := s.Open(s.ctx, e.Path)
	if err == nil {
		defer reader.Close()
		_, err = io.Copy(h, readerOf(s.ctx, io.LimitReader(reader, e.Size)))
	}
	if err != nil {
		return make([]byte, s.sum.size), err
	}
	return h.Sum(nil), nil
}

// readerOf returns r, whose reads fail when the context ends.
func readerOf(ctx context.Context, r io.Reader) io.Reader { return &ctxReader{ctx, r} }

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// next reads the number of an entry, or ndxDone. Before it waits, what was written is sent.
func (s *sender) next() (int32, error) {
	for {
		if err := context.Cause(s.ctx); err != nil {
			return 0, err
		}
		if s.in.empty() {
			if err := s.out.flush(); err != nil {
				return 0, err
			}
		}
		ndx, err := s.reads.read(s.in)
		if err != nil {
			return 0, err
		}
		switch {
		case ndx == ndxDelStats:
			for range 5 { // files, folders, symlinks, devices, other specials
				n, err := readVarint(s.in)
				if err != nil {
					return 0, err
				}
				s.stats.Deleted += int64(n)
			}
		case ndx == ndxDone || ndx >= 0 && int(ndx) < len(s.Entries):
			return ndx, nil
		default:
			return 0, fmt.Errorf("the host's rsync asks for entry %d of %d", ndx, len(s.Entries))
		}
	}
}

// item handles what the receiver reports for one entry: a file to send, or a change it made.
func (s *sender) item(ndx int32) error {
	flags, err := readShort(s.in)
	if err != nil {
		return err
	}
	header := appendShort(s.sends.append(s.batch[:0], ndx), flags)
	if flags&itemBasisFollows != 0 {
		kind, err := s.in.ReadByte()
		if err != nil {
			return err
		}
		header = append(header, kind)
	}
	if flags&itemNameFollows != 0 {
		name, err := readText(s.in)
		if err != nil {
			return err
		}
		header = appendText(header, name)
	}
	s.batch = header
	if flags&itemTransfer != 0 {
		return s.transfer(ndx, header)
	}
	if flags&itemNameFollows != 0 && s.Entries[ndx].Type == hostfiles.File {
		s.stats.Links++
	}
	s.lastSent = ndx
	_, err = s.out.Write(header)
	return err
}
