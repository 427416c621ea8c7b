package rsync

import (
	"crypto/md5"
	"encoding/binary"
	"hash"

	"github.com/cespare/xxhash/v2"
)

// algorithm is a checksum that both sides support.
type algorithm struct {
	name string
	size int
	// file is for whole files, block for parts of one (seeded).
	file  func() hash.Hash
	block func(seed int32, data []byte) []byte
}

// algorithms lists what this side offers, best first.
var algorithms = []algorithm{
	{name: "xxh64", size: 8, file: func() hash.Hash { return littleEndian{xxhash.New()} }, block: func(seed int32, data []byte) []byte {
		d := xxhash.NewWithSeed(uint64(int64(seed)))
		_, _ = d.Write(data)
		return binary.LittleEndian.AppendUint64(nil, d.Sum64())
	}},
	{name: "md5", size: md5.Size, file: md5.New, block: func(seed int32, data []byte) []byte {
		h := md5.New()
		if seed != 0 {
			h.Write(appendInt(nil, seed))
		}
		h.Write(data)
		return h.Sum(nil)
	}},
}

// littleEndian is xxHash as rsync sends it.
type littleEndian struct{ *xxhash.Digest }

func (l littleEndian) Sum(b []byte) []byte { return binary.LittleEndian.AppendUint64(b, l.Sum64()) }

// weak is the sum that rolls over a file. Its bytes are signed.
type weak struct{ a, b uint32 }

func weakOf(data []byte) weak {
	var a, b uint32
	for _, c := range data {
		a += uint32(int32(int8(c)))
		b += a
	}
	return weak{a, b}
}

func (w *weak) roll(out, in byte, length int) {
	old := uint32(int32(int8(out)))
	w.a -= old
	w.b -= uint32(length) * old
	w.a += uint32(int32(int8(in)))
	w.b += w.a
}

// shrink removes the first byte when there is no next one.
func (w *weak) shrink(out byte, length int) {
	old := uint32(int32(int8(out)))
	w.a -= old
	w.b -= uint32(length) * old
}

func (w weak) sum() uint32 { return w.a&0xffff | w.b<<16 }
