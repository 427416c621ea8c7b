package build

import (
	"slices"
	"sort"
	"strings"
)

// mask hides the build's secrets in what it prints. Output arrives line by line, so each
// line of a secret is hidden.
type mask struct {
	lines []string // sorted
	first [256]bool
}

// shortest is the length below which a text is too common to be hidden.
const shortest = 6

const hidden = "***"

// newMask returns nil, a mask that hides nothing, if there is nothing to hide.
func newMask(secrets map[string][]byte) *mask {
	m := &mask{}
	for _, secret := range secrets {
		for _, line := range strings.Split(string(secret), "\n") {
			if line = strings.TrimSpace(line); len(line) >= shortest {
				m.lines = append(m.lines, line)
				m.first[line[0]] = true
			}
		}
	}
	if len(m.lines) == 0 {
		return nil
	}
	slices.Sort(m.lines)
	m.lines = slices.Compact(m.lines)
	return m
}

// hide hides the secrets in a whole text.
func (m *mask) hide(text string) string {
	shown, _ := m.scan(text, false)
	return shown
}

// part hides the secrets in a part of a longer text. What may be the beginning of a
// secret is held back: the caller puts it in front of the next part.
func (m *mask) part(text string) (shown, held string) { return m.scan(text, true) }

// rest returns what to show of the text that was held back when nothing follows it.
func (m *mask) rest(held string) string {
	if len(held) >= shortest {
		return hidden
	}
	return held
}

func (m *mask) scan(text string, more bool) (shown, held string) {
	if m == nil {
		return text, ""
	}
	var out strings.Builder
	for at := 0; at < len(text); {
		length, open := 0, false
		if m.first[text[at]] {
			length, open = m.match(text[at:])
		}
		switch {
		case open && more:
			return out.String(), text[at:]
		case length > 0:
			out.WriteString(hidden)
			at += length
		default:
			out.WriteByte(text[at])
			at++
		}
	}
	return out.String(), ""
}

// match returns the length of the longest line that text begins with, 0 if there is
// none, and whether text as a whole is the beginning of a longer one.
func (m *mask) match(text string) (length int, open bool) {
	next := sort.Search(len(m.lines), func(i int) bool { return m.lines[i] > text })
	open = next < len(m.lines) && strings.HasPrefix(m.lines[next], text)
	// A line that text begins with is also a beginning of every line between the two.
	for next > 0 {
		line := m.lines[next-1]
		if strings.HasPrefix(text, line) {
			return len(line), open
		}
		text = text[:commonLength(text, line)]
		next = sort.Search(next, func(i int) bool { return m.lines[i] > text })
	}
	return 0, open
}

func commonLength(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
