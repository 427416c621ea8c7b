package rsync

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

func (s *sender) transfer(ndx int32, header []byte) error {
	e := &s.Entries[ndx]
	if e.Type != hostfiles.File {
		return fmt.Errorf("the host's rsync asks for the content of %q, which is not a file", e.Path)
	}
	basis, err := readBasis(s.in, s.sum.size)
	if err != nil {
		return err
	}
	reader, err := s.Open(s.ctx, e.Path)
	var now hostfiles.Entry
	if err == nil {
		defer reader.Close()
		if now, err = reader.Stat(); err == nil && now.Type != hostfiles.File {
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		// The number was not sent: the next one is relative to the previous one.
		s.sends.positive = s.lastSent
		return s.unsent(ndx, e, err)
	}
	s.lastSent = ndx
	if _, err := s.out.Write(append(header, basis.head()...)); err != nil {
		return err
	}
	sum := s.sum.file()
	content := io.LimitReader(reader, now.Size) // a log may grow faster than it is sent
	if basis.count == 0 {
		err = s.whole(content, sum)
	} else {
		err = s.changed(content, basis, sum)
	}
	if err != nil {
		return err
	}
	if _, err := s.out.Write(sum.Sum(appendInt(nil, 0))); err != nil {
		return err
	}
	s.stats.Files++
	s.Meter.File()
	if after, err := reader.Stat(); err == nil && (after.Size != e.Size || after.MTime != e.MTime) {
		s.Issues.Add(e.Path, core.IssueChanged, "")
	}
	return nil
}

// unsent tells the receiver that a file is not coming.
func (s *sender) unsent(ndx int32, e *hostfiles.Entry, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		s.Issues.Add(e.Path, core.IssueVanished, "")
	} else if err := s.Issues.Fail(e.Path, err); err != nil {
		return err
	}
	return s.out.message(frameNoSend, appendInt(nil, ndx))
}

// whole sends a file that the receiver has no part of.
func (s *sender) whole(r io.Reader, sum hash.Hash) error {
	for {
		if err := context.Cause(s.ctx); err != nil {
			return err
		}
		n, err := io.ReadFull(r, s.chunk())
		if n > 0 {
			if err := s.literal(s.buffer[:n]); err != nil {
				return err
			}
			sum.Write(s.buffer[:n])
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

const chunkSize = 128 << 10

func (s *sender) chunk() []byte {
	if s.buffer == nil {
		s.buffer = make([]byte, chunkSize)
	}
	return s.buffer
}

// changed sends what differs from the receiver's file.
func (s *sender) changed(r io.Reader, b *basis, sum hash.Hash) error {
	d := &delta{
		basis: b, from: readerOf(s.ctx, r), literal: s.literal,
		strong:  func(data []byte) []byte { return s.sum.block(s.seed, data) },
		content: func(data []byte) { sum.Write(data) },
		skipped: func(n int64) { s.stats.Spared += n; s.Meter.Bytes(n) },
		block: func(i int32) error {
			_, err := s.out.Write(appendInt(nil, -(i + 1)))
			return err
		},
	}
	return d.run()
}

// maxLiteral is how much content one token has.
const maxLiteral = 32 << 10

func (s *sender) literal(data []byte) error {
	for len(data) > 0 {
		n := min(len(data), maxLiteral)
		if _, err := s.out.Write(appendInt(nil, int32(n))); err != nil {
			return err
		}
		if _, err := s.out.Write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
		s.stats.Bytes += int64(n)
		s.Meter.Bytes(int64(n))
	}
	return nil
}
