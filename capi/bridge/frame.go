package bridge

import (
	"encoding/binary"
	"errors"
)

// FrameType is the kind of a frame; see include/ml_nexus_go.h.
type FrameType uint16

// The frame types.
const (
	FrameResult FrameType = 1
	FrameError  FrameType = 2
	FrameStdout FrameType = 3
	FrameStderr FrameType = 4
	FrameEvent  FrameType = 5
)

// FlagFinal marks an operation's last frame.
const FlagFinal uint16 = 1

const (
	headerSize = 16
	// maxChunk bounds the payload of a STDOUT or STDERR frame.
	maxChunk = 64 << 10
)

// Frame is one decoded frame.
type Frame struct {
	Tag     uint64
	Type    FrameType
	Flags   uint16
	Payload []byte
}

var errTruncated = errors.New("truncated frame")

func appendFrame(buf []byte, tag uint64, kind FrameType, flags uint16, payload []byte) []byte {
	return append(appendHeader(buf, tag, kind, flags, len(payload)), payload...)
}

func appendHeader(buf []byte, tag uint64, kind FrameType, flags uint16, size int) []byte {
	buf = binary.LittleEndian.AppendUint64(buf, tag)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(size))
	buf = binary.LittleEndian.AppendUint16(buf, uint16(kind))
	return binary.LittleEndian.AppendUint16(buf, flags)
}

// extendFrame makes the frame at the start of buf, the last one, longer by more bytes
// of the same stream. If they do not belong together, it changes nothing.
func extendFrame(buf []byte, tag uint64, kind FrameType, flags uint16, more int) bool {
	if !isOutput(kind) || flags != 0 {
		return false
	}
	size := int(binary.LittleEndian.Uint32(buf[8:])) + more
	same := binary.LittleEndian.Uint64(buf) == tag && binary.LittleEndian.Uint16(buf[12:]) == uint16(kind)
	if !same || size > maxChunk {
		return false
	}
	binary.LittleEndian.PutUint32(buf[8:], uint32(size))
	return true
}

// isOutput reports whether a frame is a process's output, which may be joined and delayed a little.
func isOutput(kind FrameType) bool { return kind == FrameStdout || kind == FrameStderr }

// frameSize returns the size of the frame at the start of buf, header included.
func frameSize(buf []byte) int {
	return headerSize + int(binary.LittleEndian.Uint32(buf[8:]))
}

// DecodeFrames splits what a read of a queue returned.
func DecodeFrames(buf []byte) ([]Frame, error) {
	var frames []Frame
	for len(buf) > 0 {
		if len(buf) < headerSize || uint64(len(buf)) < headerSize+uint64(binary.LittleEndian.Uint32(buf[8:])) {
			return frames, errTruncated
		}
		size := frameSize(buf)
		frames = append(frames, Frame{
			Tag:     binary.LittleEndian.Uint64(buf),
			Type:    FrameType(binary.LittleEndian.Uint16(buf[12:])),
			Flags:   binary.LittleEndian.Uint16(buf[14:]),
			Payload: buf[headerSize:size],
		})
		buf = buf[size:]
	}
	return frames, nil
}
