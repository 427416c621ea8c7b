package streams

import (
	"hash/crc32"
	"io"
	"sync/atomic"
)

// Counter passes on what is written, counts it and keeps a checksum: the position from
// which a lost output continues, and the proof that a log has the same content.
type Counter struct {
	to   io.Writer
	done atomic.Int64
	sums checksum
	line int64  // bytes since the last newline
	head []byte // the first bytes
}

// NewCounter returns a Counter that writes to to; nil drops what is written.
func NewCounter(to io.Writer) *Counter { return &Counter{to: to} }

// StartAt sets the position of an output whose first n bytes were delivered before.
func (c *Counter) StartAt(n int64) { c.done.Store(n) }

// Done returns how many bytes were delivered. It may be called at any time.
func (c *Counter) Done() int64 { return c.done.Load() }

// keptOfHead is enough to find an output in a log.
const keptOfHead = 1 << 10

// Head returns the first bytes that were delivered, 1 KiB at most.
func (c *Counter) Head() []byte { return c.head }

// Write implements io.Writer.
func (c *Counter) Write(p []byte) (n int, err error) {
	if n = len(p); c.to != nil {
		n, err = c.to.Write(p)
	}
	c.done.Add(int64(n))
	c.sums.add(p[:n], nil)
	c.line = unfinishedLine(c.line, p[:n])
	if spare := keptOfHead - len(c.head); spare > 0 {
		c.head = append(c.head, p[:min(n, spare)]...)
	}
	return n, err
}

// checksum is a stream's checksum. It keeps the sum at each power of two, so that a
// different stream shows early.
type checksum struct {
	at  int64
	sum uint32
	log []uint32 // at firstMark, 2*firstMark, 4*firstMark...
}

const firstMark = 64

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// add adds bytes. It reports whether the stream equals with, unless that is nil, at every
// mark that both have passed.
func (c *checksum) add(p []byte, with *checksum) (same bool) {
	same = true
	for len(p) > 0 {
		mark := int64(firstMark) << len(c.log)
		n := min(int64(len(p)), mark-c.at)
		c.sum = crc32.Update(c.sum, castagnoli, p[:n])
		c.at += n
		p = p[n:]
		if c.at == mark {
			if k := len(c.log); with != nil && k < len(with.log) && with.log[k] != c.sum {
				same = false
			}
			c.log = append(c.log, c.sum)
		}
	}
	return same
}
