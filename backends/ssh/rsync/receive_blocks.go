package rsync

import (
	"context"
	"errors"
	"io"
	"math/bits"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// blocks are a file that this side has, in blocks, as rsync divides a file of its size.
type blocks struct {
	basis
	file hostfiles.Reader
}

const (
	minBlockLength = 700
	minStrong      = 4 // bytes of a block's strong sum
	// minBasis is the size from which on a file's blocks are worth their sums.
	minBasis = 4 * minBlockLength
)

// blocksOf returns a file's blocks, without their sums; nil where it is better sent whole.
func blocksOf(file hostfiles.Reader, strongSize int) *blocks {
	now, err := file.Stat()
	if err != nil || now.Type != hostfiles.File || now.Size < minBasis {
		return nil
	}
	length := blockLength(now.Size)
	count := (now.Size + length - 1) / length
	if count > maxBlocks {
		return nil
	}
	return &blocks{file: file, basis: basis{
		count: int32(count), length: int32(length), strongSize: int32(min(strongSize, strongLength(now.Size, length))),
		remainder: int32(now.Size % length),
	}}
}

// blockLength is about the square root of a file's size.
func blockLength(size int64) int64 {
	root := int64(1)
	for root*root < size {
		root <<= 1
	}
	for step := root >> 1; step >= 8; step >>= 1 {
		if less := root - step; less*less >= size {
			root = less
		}
	}
	return min(max(root, minBlockLength), maxBlockLength)
}

// strongLength makes a wrong match of any block of a file unlikely. The file's own checksum
// finds it.
func strongLength(size, length int64) int {
	const bias = 10
	wanted := bias + 2*bits.Len64(uint64(size)) - bits.Len64(uint64(length))
	return max(minStrong, (wanted-32+7)/8)
}

// sums calls write with a request's blocks: their head and the sums of each.
func (b *blocks) sums(ctx context.Context, strong func([]byte) []byte, write func([]byte) error) error {
	if err := write(b.head()); err != nil {
		return err
	}
	from := readerOf(ctx, io.NewSectionReader(b.file, 0, 1<<62))
	block := make([]byte, b.length)
	var out []byte
	for i := range b.count {
		data := block[:b.lengthOf(i)]
		n, err := io.ReadFull(from, data)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		clear(data[n:]) // it got shorter: the file's checksum will differ
		out = append(appendInt(out[:0], int32(weakOf(data).sum())), strong(data)[:b.strongSize]...)
		if err := write(out); err != nil {
			return err
		}
	}
	return nil
}

// read returns a block's content.
func (b *blocks) read(i int32, buffer []byte) []byte {
	data := buffer[:b.lengthOf(i)]
	n := 0
	if b.file != nil {
		n, _ = b.file.ReadAt(data, int64(i)*int64(b.length))
	}
	clear(data[n:]) // as above
	return data
}
