package tunnel

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// What the opener of a stream asks for, with a text.
const (
	askReady   = iota // nothing: is the other end there?
	askDial           // a connection to an address
	askListen         // to listen at an address, for as long as this stream is open
	askArrived        // to take a connection that came to where the agent listens
	askAbort          // to reset the connection on the stream of this number
	askDirect         // to listen for another connection of the client, as long as this stream is open
)

// Reason is how the other end answers: what became of a request.
type Reason byte

// The reasons. The text of Done is an address, that of the others is the system's.
const (
	Done Reason = iota
	Refused
	InUse
	Denied
	Failed
)

// Refusal is an answer other than Done.
type Refusal struct {
	Reason Reason
	Text   string
}

func (r *Refusal) Error() string { return r.Text }

// Refuse makes a refusal of a system's error.
func Refuse(err error) *Refusal {
	var failed *net.OpError
	var number syscall.Errno
	text := err.Error()
	if errors.As(err, &failed) {
		text = failed.Err.Error()
	}
	if errors.As(err, &number) {
		text = number.Error()
	}
	reason := Failed
	switch {
	case number == syscall.ECONNREFUSED:
		reason = Refused
	case number == syscall.EADDRINUSE:
		reason = InUse
	case errors.Is(err, os.ErrPermission):
		reason = Denied
	}
	return &Refusal{reason, text}
}

const (
	headLength = 3
	maxText    = 1 << 10
)

var errBroken = errors.New("the stream between client and agent is broken")

// send writes a request or an answer: what it is (u8), the text's length (u16, big-endian), the text.
func send(to io.Writer, what byte, text string) error {
	text = text[:min(len(text), maxText)]
	message := make([]byte, headLength, headLength+len(text))
	message[0] = what
	binary.BigEndian.PutUint16(message[1:], uint16(len(text)))
	_, err := to.Write(append(message, text...))
	return err
}

func receive(from io.Reader) (what byte, text string, err error) {
	var head [headLength]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return 0, "", err
	}
	length := int(binary.BigEndian.Uint16(head[1:]))
	if length > maxText {
		return 0, "", errBroken
	}
	rest := make([]byte, length)
	_, err = io.ReadFull(from, rest)
	return head[0], string(rest), err
}

// answer tells the opener of a stream what became of its request.
func answer(to io.Writer, text string, err error) error {
	if err == nil {
		return send(to, byte(Done), text)
	}
	refusal := Refuse(err)
	return send(to, byte(refusal.Reason), refusal.Text)
}
