package streams

import (
	"bytes"
	"errors"
	"io"
)

// The engine keeps a line of more than 16 KiB in pieces, and puts a timestamp before each
// piece if timestamps are requested. joinStamps removes those inside a line: a log has the
// same lines with and without timestamps.

const (
	stampShape = "dddd-dd-ddTdd:dd:dd.dddddddddZ " // d is a digit; see jsonmessage.RFC3339NanoFixed
	logPiece   = 16 << 10
)

// stampJoiner is an output of Demux. Its end must be called after the last byte.
type stampJoiner interface {
	io.Writer
	// frame says that a piece begins here.
	frame() error
	end() error
}

// joinStamps makes the outputs for one stream. A terminal's output does not mark where a
// piece begins.
func joinStamps(to io.Writer, tty bool) stampJoiner {
	if tty {
		return &terminalJoiner{to: to}
	}
	return &frameJoiner{to: to}
}

// frameJoiner knows where pieces begin.
type frameJoiner struct {
	to      io.Writer
	inside  bool   // of a line
	looking bool   // at the beginning of a piece that goes on with a line
	held    []byte // of it, until it is known whether it is a timestamp
}

func (j *frameJoiner) frame() error {
	err := j.end()
	j.looking = j.inside
	return err
}

func (j *frameJoiner) Write(p []byte) (int, error) {
	size := len(p)
	if j.looking {
		n := min(len(p), len(stampShape)-len(j.held))
		j.held, p = append(j.held, p[:n]...), p[n:]
		if len(j.held) < len(stampShape) {
			return size, nil
		}
		j.looking = false
		if isStamp(j.held) {
			j.held = j.held[:0]
		}
		if err := j.end(); err != nil {
			return 0, err
		}
	}
	return size, j.pass(p)
}

func (j *frameJoiner) pass(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	j.inside = p[len(p)-1] != '\n'
	_, err := j.to.Write(p)
	return err
}

// end passes on what is held back.
func (j *frameJoiner) end() error {
	held := j.held
	j.held, j.looking = nil, false
	return j.pass(held)
}

// terminalJoiner counts: the next piece begins after logPiece bytes without a newline. A
// json-file log has three bytes for each byte that was not UTF-8, so the piece may begin
// later.
type terminalJoiner struct {
	to       io.Writer
	head     int // how much of the timestamp at a line's beginning has passed
	size     int // of the piece so far, without its timestamp
	replaced int // characters in it that may stand for one byte each
	held     []byte
}

func (j *terminalJoiner) frame() error { return nil }

func (j *terminalJoiner) Write(p []byte) (int, error) {
	all := append(j.held, p...)
	var out []byte
	for len(all) > 0 {
		if j.head == len(stampShape) && j.mayEnd() {
			if len(all) < len(stampShape) && mayBeStamp(all) {
				break // more must come
			}
			if isStamp(all) {
				all, j.size, j.replaced = all[len(stampShape):], 0, 0
				continue
			}
		}
		n := j.plain(all)
		out, all = append(out, all[:n]...), all[n:]
	}
	j.held = all
	if len(out) == 0 {
		return len(p), nil
	}
	_, err := j.to.Write(out)
	return len(p), err
}

// mayEnd reports whether the piece may be full.
func (j *terminalJoiner) mayEnd() bool {
	return j.size >= logPiece && j.size-2*j.replaced <= logPiece
}

// plain returns how many bytes can be passed on before the next look, and counts them.
func (j *terminalJoiner) plain(p []byte) int {
	if j.head < len(stampShape) {
		n := min(len(p), len(stampShape)-j.head)
		j.head += n
		return n
	}
	n := len(p)
	switch {
	case j.size < logPiece:
		n = min(n, logPiece-j.size)
	case j.mayEnd():
		n = 1
	}
	if end := bytes.IndexByte(p[:n], '\n'); end >= 0 {
		j.head, j.size, j.replaced = 0, 0, 0
		return end + 1
	}
	j.size += n
	j.replaced += bytes.Count(p[:n], []byte{0xEF}) // the first byte of U+FFFD, and of some others
	return n
}

func (j *terminalJoiner) end() error {
	if len(j.held) == 0 {
		return nil
	}
	_, err := j.to.Write(j.held)
	j.held = nil
	return err
}

func isStamp(p []byte) bool { return len(p) >= len(stampShape) && mayBeStamp(p[:len(stampShape)]) }

// mayBeStamp reports whether a timestamp may begin like this.
func mayBeStamp(p []byte) bool {
	for i, c := range p {
		digit := c >= '0' && c <= '9'
		if shape := stampShape[i]; (shape == 'd') != digit || (shape != 'd' && shape != c) {
			return false
		}
	}
	return true
}

// DemuxLog is Demux for a log; with stamps, each line has a timestamp before it, and those
// inside a long line are removed.
func DemuxLog(body io.Reader, tty, stamps bool, stdout, stderr io.Writer) error {
	if !stamps {
		return Demux(body, tty, stdout, stderr)
	}
	joinedOut, joinedErr := joinStamps(stdout, tty), joinStamps(stderr, tty)
	if err := Demux(body, tty, joinedOut, joinedErr); err != nil {
		return err // what is held back may be half a timestamp; it comes again when the log is read again
	}
	return errors.Join(joinedOut.end(), joinedErr.end())
}
