package rsync

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// The numbers that stand for something other than an entry of the list.
const (
	ndxDone     = -1
	ndxDelStats = -3
)

// appendVarint encodes the number of further bytes as leading one bits of the first.
func appendVarint(b []byte, value uint32) []byte { return appendVar(b, uint64(value), 4, 1) }

// appendVarlong is appendVarint with at least least bytes.
func appendVarlong(b []byte, value int64, least int) []byte {
	return appendVar(b, uint64(value), 8, least)
}

func appendVar(b []byte, value uint64, most, least int) []byte {
	var raw [10]byte
	binary.LittleEndian.PutUint64(raw[1:], value)
	n := most
	for n > least && raw[n] == 0 {
		n--
	}
	bit := byte(1) << (7 - n + least)
	switch {
	case raw[n] >= bit:
		n++
		raw[0] = ^(bit - 1)
	case n > least:
		raw[0] = raw[n] | ^(bit*2 - 1)
	default:
		raw[0] = raw[n]
	}
	return append(b, raw[:n]...)
}

func appendInt(b []byte, value int32) []byte {
	return binary.LittleEndian.AppendUint32(b, uint32(value))
}

func appendShort(b []byte, value uint16) []byte { return binary.LittleEndian.AppendUint16(b, value) }

func appendText(b []byte, text []byte) []byte {
	if len(text) > 0x7f {
		b = append(b, byte(len(text)>>8)|0x80)
	}
	return append(append(b, byte(len(text))), text...)
}

type byteReader interface {
	io.Reader
	io.ByteReader
}

func readVarint(r byteReader) (uint32, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	extra := min(bits.LeadingZeros8(^first), 4)
	var raw [8]byte
	if _, err := io.ReadFull(r, raw[:extra]); err != nil {
		return 0, err
	}
	raw[extra] = first & byte(1<<(8-extra)-1)
	return uint32(binary.LittleEndian.Uint64(raw[:])), nil
}

// readVarlong reads what appendVarlong encoded with the same least.
func readVarlong(r byteReader, least int) (int64, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	extra := min(bits.LeadingZeros8(^first), 6)
	var raw [8]byte
	n := least - 1 + extra
	if n >= len(raw) && (n > len(raw) || first&byte(1<<(8-extra)-1) != 0) {
		return 0, fmt.Errorf("the host's rsync sent a number of %d bytes", n+1)
	}
	if _, err := io.ReadFull(r, raw[:n]); err != nil {
		return 0, err
	}
	if n < len(raw) {
		raw[n] = first & byte(1<<(8-extra)-1)
	}
	return int64(binary.LittleEndian.Uint64(raw[:])), nil
}

func readInt(r io.Reader) (int32, error) {
	var raw [4]byte
	_, err := io.ReadFull(r, raw[:])
	return int32(binary.LittleEndian.Uint32(raw[:])), err
}

func readShort(r io.Reader) (uint16, error) {
	var raw [2]byte
	_, err := io.ReadFull(r, raw[:])
	return binary.LittleEndian.Uint16(raw[:]), err
}

func readText(r byteReader) ([]byte, error) {
	length, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	n := int(length)
	if n&0x80 != 0 {
		if length, err = r.ReadByte(); err != nil {
			return nil, err
		}
		n = n&^0x80<<8 | int(length)
	}
	text := make([]byte, n)
	_, err = io.ReadFull(r, text)
	return text, err
}

// indices encodes entries' numbers as differences from the previous one.
type indices struct{ positive, negative int32 }

func newIndices() indices { return indices{positive: -1, negative: 1} }

func (x *indices) append(b []byte, ndx int32) []byte {
	if ndx == ndxDone {
		return append(b, 0)
	}
	last := &x.positive
	if ndx < 0 {
		b, ndx, last = append(b, 0xff), -ndx, &x.negative
	}
	diff := ndx - *last
	*last = ndx
	switch {
	case diff > 0 && diff < 0xfe:
		return append(b, byte(diff))
	case diff < 0 || diff > 0x7fff:
		return append(b, 0xfe, byte(ndx>>24)|0x80, byte(ndx), byte(ndx>>8), byte(ndx>>16))
	}
	return append(b, 0xfe, byte(diff>>8), byte(diff))
}

func (x *indices) read(r byteReader) (int32, error) {
	first, err := r.ReadByte()
	if err != nil || first == 0 {
		return ndxDone, err
	}
	last, sign := &x.positive, int32(1)
	if first == 0xff {
		last, sign = &x.negative, -1
		if first, err = r.ReadByte(); err != nil {
			return 0, err
		}
	}
	if first != 0xfe {
		*last += int32(first)
		return *last * sign, nil
	}
	var raw [4]byte
	if _, err := io.ReadFull(r, raw[:2]); err != nil {
		return 0, err
	}
	if raw[0]&0x80 == 0 {
		*last += int32(raw[0])<<8 | int32(raw[1])
		return *last * sign, nil
	}
	if _, err := io.ReadFull(r, raw[2:]); err != nil {
		return 0, err
	}
	*last = int32(raw[0]&^0x80)<<24 | int32(raw[3])<<16 | int32(raw[2])<<8 | int32(raw[1])
	return *last * sign, nil
}
