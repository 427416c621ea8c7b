package bounded

import (
	"bytes"
	"io"

	"github.com/proboscis/ml_nexus_go/core"
)

// Decoded JSON takes more memory than its text: an object of two bytes becomes a
// structure of some hundred. So brackets and commas count for more than one byte.
const (
	objectCost = 400
	itemCost   = 24
)

// depth is how many brackets of a document may be open at once. Engines use some ten; Python's
// decoder fails at about a thousand.
const depth = 256

// TooDeep reports whether JSON is nested deeper than any engine's is.
func TooDeep(text []byte) bool {
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if open++; open > depth {
				return true
			}
		case c == '}' || c == ']':
			open--
		}
	}
	return false
}

// Document reads a JSON document that takes up to limit bytes when decoded; a larger one
// is a TooLarge error.
func Document(r io.Reader, what string, limit int64) io.Reader {
	return &document{from: r, taken: Count{What: what, Limit: limit}}
}

type document struct {
	from  io.Reader
	taken Count
}

func (d *document) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	b := p[:n]
	cost := n + objectCost*bytes.Count(b, []byte{'{'}) + itemCost*(bytes.Count(b, []byte{'['})+bytes.Count(b, []byte{','}))
	if over := d.taken.Add(cost); over != nil {
		return 0, over
	}
	return n, err
}

// Messages reads a stream of JSON values that each take up to limit bytes when decoded; a
// larger one is a TooLarge error.
func Messages(r io.Reader, what string, limit int64) io.Reader {
	return &messages{from: r, what: what, limit: limit}
}

type messages struct {
	from             io.Reader
	what             string
	limit, taken     int64
	depth            int
	quoted, escaping bool
	failed           *core.Error
}

func (m *messages) Read(p []byte) (int, error) {
	if m.failed != nil {
		return 0, m.failed
	}
	n, err := m.from.Read(p)
	for i, c := range p[:n] {
		m.count(c)
		if m.taken > m.limit {
			m.failed = TooLarge(m.what, m.limit)
			return i, m.failed
		}
	}
	return n, err
}

func (m *messages) count(c byte) {
	m.taken++
	switch {
	case m.escaping:
		m.escaping = false
	case m.quoted && c == '\\':
		m.escaping = true
	case c == '"':
		m.quoted = !m.quoted
	case m.quoted:
	case c == '{':
		m.depth++
		m.taken += objectCost
	case c == '[':
		m.depth++
		m.taken += itemCost
	case c == ',':
		m.taken += itemCost
	case c == '}' || c == ']':
		if m.depth--; m.depth <= 0 {
			m.depth, m.taken = 0, 0
		}
	case c == '\n' && m.depth == 0:
		m.taken = 0
	}
}
