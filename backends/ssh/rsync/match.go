package rsync

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// basis describes the file that the receiver has, in blocks.
type basis struct {
	count, length, strongSize, remainder int32
	weak                                 []uint32
	strong                               []byte
	heads                                []int32 // by hash of the weak sum; the first block + 1
	next                                 []int32
	mask                                 uint32
}

// Bounds on what a receiver may ask for, the same as rsync's, and on what is kept of it.
const (
	maxBlocks      = 1 << 27
	maxBlockLength = 1 << 17
	blockCost      = 4 + 4 + 16 // of each: the weak sum, next, and the most of heads
)

// maxBasis is how much of a basis is kept; tests lower it.
var maxBasis int64 = bounded.Limit

func readBasis(r io.Reader, strongSize int) (*basis, error) {
	s := &basis{}
	for _, field := range []*int32{&s.count, &s.length, &s.strongSize, &s.remainder} {
		value, err := readInt(r)
		if err != nil {
			return nil, err
		}
		*field = value
	}
	if s.count < 0 || s.count > maxBlocks || s.length < 0 || s.length > maxBlockLength || s.strongSize < 0 ||
		int(s.strongSize) > strongSize || s.remainder < 0 || s.remainder > s.length || s.count > 0 && s.length == 0 {
		return nil, fmt.Errorf("the host's rsync asks for impossible blocks (%d of %d bytes)", s.count, s.length)
	}
	if size := int64(s.strongSize); int64(s.count)*(size+blockCost) > maxBasis {
		// Too much to keep: the file is sent whole.
		_, err := io.CopyN(io.Discard, r, int64(s.count)*(size+4))
		return &basis{}, noEOF(err)
	}
	s.weak = make([]uint32, s.count)
	s.strong = make([]byte, int(s.count)*int(s.strongSize))
	for i := range s.weak {
		value, err := readInt(r)
		if err != nil {
			return nil, err
		}
		s.weak[i] = uint32(value)
		if _, err := io.ReadFull(r, s.strongOf(i)); err != nil {
			return nil, err
		}
	}
	s.index()
	return s, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (s *basis) strongOf(i int) []byte {
	size := int(s.strongSize)
	return s.strong[i*size : (i+1)*size]
}

// head returns the fields in the form that both sides send.
func (s *basis) head() []byte {
	b := appendInt(nil, s.count)
	b = appendInt(b, s.length)
	b = appendInt(b, s.strongSize)
	return appendInt(b, s.remainder)
}

func (s *basis) index() {
	if s.count == 0 {
		return
	}
	size := uint32(1 << 10)
	for size < uint32(s.count)*2 {
		size <<= 1
	}
	s.mask = size - 1
	s.heads, s.next = make([]int32, size), make([]int32, s.count)
	for i := int(s.count) - 1; i >= 0; i-- { // the first block of equal ones is found first
		at := s.bucket(s.weak[i])
		s.next[i], s.heads[at] = s.heads[at], int32(i)+1
	}
}

func (s *basis) bucket(sum uint32) uint32 { return (sum * 0x9e3779b1 >> 7) & s.mask }

// lengthOf returns a block's length: the last may be shorter.
func (s *basis) lengthOf(i int32) int {
	if i == s.count-1 && s.remainder != 0 {
		return int(s.remainder)
	}
	return int(s.length)
}

// find returns a block with this content, or -1. Likely is tried first.
func (s *basis) find(sum uint32, data []byte, likely int32, strong func([]byte) []byte) int32 {
	var have []byte
	found := int32(-1)
	for i := s.heads[s.bucket(sum)] - 1; i >= 0; i = s.next[i] - 1 {
		if s.weak[i] != sum || s.lengthOf(i) != len(data) {
			continue
		}
		if have == nil {
			have = strong(data)[:s.strongSize]
		}
		if !bytes.Equal(have, s.strongOf(int(i))) {
			continue
		}
		if i == likely {
			return i
		}
		if found < 0 {
			found = i
		}
		if likely < 0 {
			break
		}
	}
	return found
}

// delta sends a file as literal bytes and blocks that the receiver has.
type delta struct {
	basis   *basis
	strong  func([]byte) []byte
	literal func([]byte) error // content to send
	block   func(i int32) error
	content func([]byte)  // all content in order, for the file's checksum
	skipped func(n int64) // content that the receiver has
	from    io.Reader
	base    []byte
	window  []byte // the part of base that was read but neither sent nor matched
	start   int    // of the current block
	ended   bool
}

// windowSize is how much of the file is in memory, besides two blocks.
const windowSize = 512 << 10

func (d *delta) run() error {
	length := int(d.basis.length)
	d.base = make([]byte, windowSize+2*length)
	if err := d.fill(); err != nil {
		return err
	}
	likely := int32(0)
	fresh := true
	var sum weak
	for d.start < len(d.window) {
		size := min(length, len(d.window)-d.start)
		if fresh {
			sum, fresh = weakOf(d.window[d.start:d.start+size]), false
		}
		i := d.basis.find(sum.sum(), d.window[d.start:d.start+size], likely, d.strong)
		if i >= 0 {
			if err := d.match(i, size); err != nil {
				return err
			}
			likely, fresh = i+1, true
		} else {
			if d.start+size < len(d.window) {
				sum.roll(d.window[d.start], d.window[d.start+size], size)
			} else {
				sum.shrink(d.window[d.start], size)
			}
			d.start++
		}
		if d.start+2*length >= len(d.window) && !d.ended || d.start >= windowSize {
			if err := d.fill(); err != nil {
				return err
			}
		}
	}
	return d.flush()
}

// match sends the bytes before the block, and the block's number.
func (d *delta) match(i int32, size int) error {
	if err := d.flush(); err != nil {
		return err
	}
	d.content(d.window[:size])
	d.drop(size)
	d.skipped(int64(size))
	return d.block(i)
}

// flush sends what precedes the current block.
func (d *delta) flush() error {
	if d.start == 0 {
		return nil
	}
	d.content(d.window[:d.start])
	if err := d.literal(d.window[:d.start]); err != nil {
		return err
	}
	d.drop(d.start)
	d.start = 0
	return nil
}

// drop forgets the first bytes. The slice moves on; fill brings it back to the start.
func (d *delta) drop(n int) { d.window = d.window[n:] }

// fill reads on. What had no match is sent first.
func (d *delta) fill() error {
	if err := d.flush(); err != nil {
		return err
	}
	n := copy(d.base, d.window)
	for !d.ended && n < len(d.base) {
		more, err := d.from.Read(d.base[n:])
		n += more
		if errors.Is(err, io.EOF) {
			d.ended = true
		} else if err != nil {
			return err
		}
	}
	d.window = d.base[:n]
	return nil
}
