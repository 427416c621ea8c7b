package streams

import (
	"bytes"
	"io"
)

// FirstStamp keeps the earliest timestamp of those before the first lines of a log's streams.
type FirstStamp struct{ earliest string }

// Stamp returns it, "" if no line has come.
func (f *FirstStamp) Stamp() string { return f.earliest }

// Watch returns a writer that passes a stream on to to, and looks at its beginning.
func (f *FirstStamp) Watch(to io.Writer) io.Writer { return &beginning{of: f, to: to} }

type beginning struct {
	of   *FirstStamp
	to   io.Writer
	head []byte
}

func (b *beginning) Write(p []byte) (int, error) {
	if missing := len(stampShape) - len(b.head); missing > 0 {
		b.head = append(b.head, p[:min(missing, len(p))]...)
		if isStamp(b.head) {
			// All have nine digits and are in UTC, so that their order is that of their text.
			if stamp := string(bytes.TrimSpace(b.head)); b.of.earliest == "" || stamp < b.of.earliest {
				b.of.earliest = stamp
			}
		}
	}
	return b.to.Write(p)
}

// StripStamps returns a writer that passes on a log without the timestamps before its lines.
func StripStamps(to io.Writer) io.Writer { return &stripper{to: to} }

type stripper struct {
	to     io.Writer
	inside bool   // of a line, after its timestamp
	head   []byte // of a line, until it is known whether it is a timestamp
}

func (s *stripper) Write(p []byte) (int, error) {
	size := len(p)
	var out []byte
	for len(p) > 0 {
		if !s.inside {
			n := min(len(p), len(stampShape)-len(s.head))
			s.head, p = append(s.head, p[:n]...), p[n:]
			if mayBeStamp(s.head) && len(s.head) < len(stampShape) {
				break // more must come
			}
			if !isStamp(s.head) {
				p = append(s.head, p...) // a line without one
			}
			s.inside, s.head = true, nil
			continue
		}
		end := bytes.IndexByte(p, '\n') + 1
		s.inside = end == 0
		if s.inside {
			end = len(p)
		}
		out, p = append(out, p[:end]...), p[end:]
	}
	if len(out) == 0 {
		return size, nil
	}
	_, err := s.to.Write(out)
	return size, err
}
