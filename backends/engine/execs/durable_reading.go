package execs

import (
	"bytes"
	"io"
	"strconv"
)

// durableReading is a client's side of a reader in the container: the outputs, each up
// to the line that ends it, and the input that says that both have arrived.
type durableReading struct {
	out, err *durableOutput
	said     bool
	whole    chan struct{} // closed when both outputs have ended
	closed   chan struct{}
}

func newDurableReading(mark string, out, err io.Writer) *durableReading {
	r := &durableReading{whole: make(chan struct{}), closed: make(chan struct{})}
	left := 2
	ended := func() { // the two are written by one goroutine
		if left--; left == 0 {
			close(r.whole)
		}
	}
	head := []byte("\036" + mark + " ")
	r.out = &durableOutput{to: out, head: head, ended: ended}
	r.err = &durableOutput{to: err, head: head, ended: ended}
	return r
}

// close ends the input, once.
func (r *durableReading) close() { close(r.closed) }

// Read sends the reader in the container the message that nothing more is needed.
func (r *durableReading) Read(p []byte) (int, error) {
	if r.said {
		return 0, io.EOF
	}
	select {
	case <-r.whole:
		r.said = true
		return copy(p, "read\n"), nil
	case <-r.closed:
		return 0, io.EOF
	}
}

// ended returns the command's exit code once both outputs have ended.
func (r *durableReading) ended() (code int, ok bool) {
	select {
	case <-r.whole:
	default:
		return 0, false
	}
	if r.out.end == "killed" {
		return 137, true // nothing but SIGKILL ends the shell that would have written the code
	}
	code, err := strconv.Atoi(r.out.end)
	return code, err == nil
}

// durableOutput passes on an output, up to the line that ends it: head, how the command
// ended, a newline. What may be the beginning of that line is held back.
type durableOutput struct {
	to    io.Writer
	head  []byte
	held  []byte
	end   string
	ended func()
}

func (o *durableOutput) Write(p []byte) (int, error) {
	if o.end != "" {
		return len(p), nil
	}
	rest := p
	if len(o.held) > 0 {
		rest, o.held = append(o.held, p...), nil
	}
	at := 0
	for {
		i := bytes.IndexByte(rest[at:], o.head[0])
		if i < 0 {
			at = len(rest)
			break
		}
		at += i
		if o.mayEnd(rest[at:]) {
			break
		}
		at++
	}
	if at > 0 {
		if _, err := o.to.Write(rest[:at]); err != nil {
			return 0, err
		}
	}
	if at < len(rest) {
		tail := rest[at:]
		if end := bytes.IndexByte(tail, '\n'); end >= 0 {
			o.end = string(tail[len(o.head):end])
			o.ended()
		} else {
			o.held = bytes.Clone(tail)
		}
	}
	return len(p), nil
}

// maxEnd is the most that follows the head: an exit code, or a word.
const maxEnd = 16

// mayEnd reports whether text is the line that ends the output, or begins it.
func (o *durableOutput) mayEnd(text []byte) bool {
	n := min(len(o.head), len(text))
	if !bytes.Equal(text[:n], o.head[:n]) {
		return false
	}
	end := bytes.IndexByte(text[n:], '\n')
	return end > 0 && end <= maxEnd || end < 0 && len(text)-n <= maxEnd
}
