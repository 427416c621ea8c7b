package filter

import "strings"

// Wildcard reports whether all of text matches a pattern: * and ? and [classes] match no
// slash, ** matches anything, \ takes the next byte as it is. Bytes are compared, as
// rsync does without a locale.
func Wildcard(pattern, text string) bool {
	w := wildcard{pattern: pattern, text: text}
	return w.match(0, 0)
}

// wildcard remembers which tails did not match, so that many stars take no longer than
// the product of both lengths.
type wildcard struct {
	pattern, text string
	failed        map[[2]int]struct{}
}

func (w *wildcard) match(p, t int) bool {
	for p < len(w.pattern) {
		if w.pattern[p] == '*' {
			return w.star(p, t)
		}
		if t >= len(w.text) {
			return false
		}
		next, ok := w.one(p, w.text[t])
		if !ok {
			return false
		}
		p, t = next, t+1
	}
	return t == len(w.text)
}

// one matches one byte with what the pattern has at p.
func (w *wildcard) one(p int, b byte) (next int, ok bool) {
	switch c := w.pattern[p]; c {
	case '?':
		return p + 1, b != '/'
	case '[':
		return w.class(p+1, b)
	case '\\':
		if p+1 >= len(w.pattern) {
			return 0, false
		}
		return p + 2, w.pattern[p+1] == b
	default:
		return p + 1, c == b
	}
}

func (w *wildcard) star(p, t int) bool {
	start := p
	for p < len(w.pattern) && w.pattern[p] == '*' {
		p++
	}
	deep := p-start > 1
	if p == len(w.pattern) {
		return deep || !strings.Contains(w.text[t:], "/")
	}
	for ; t < len(w.text); t++ {
		at := [2]int{p, t}
		if _, known := w.failed[at]; !known {
			if w.match(p, t) {
				return true
			}
			if w.failed == nil {
				w.failed = map[[2]int]struct{}{}
			}
			w.failed[at] = struct{}{}
		}
		if !deep && w.text[t] == '/' {
			return false
		}
	}
	return false
}

// class matches one byte with the class whose text begins at p. A class without an end
// or with an unknown name matches nothing.
func (w *wildcard) class(p int, b byte) (next int, ok bool) {
	negated := p < len(w.pattern) && (w.pattern[p] == '!' || w.pattern[p] == '^')
	if negated {
		p++
	}
	found := false
	var before byte // for ranges; 0: none can begin
	for first := true; ; first = false {
		if p >= len(w.pattern) {
			return 0, false
		}
		c := w.pattern[p]
		switch {
		case c == ']' && !first:
			return p + 1, found != negated && b != '/'
		case c == '\\':
			if p++; p >= len(w.pattern) {
				return 0, false
			}
			before = w.pattern[p]
			found = found || before == b
		case c == '-' && before != 0 && p+1 < len(w.pattern) && w.pattern[p+1] != ']':
			p++
			if w.pattern[p] == '\\' {
				if p++; p >= len(w.pattern) {
					return 0, false
				}
			}
			found = found || before <= b && b <= w.pattern[p]
			before = 0
		case c == '[' && p+1 < len(w.pattern) && w.pattern[p+1] == ':':
			end, in, known := named(w.pattern[p+2:], b)
			switch {
			case !known:
				return 0, false
			case end < 0: // no ":]": an ordinary set
				before = c
				found = found || c == b
			default:
				found = found || in
				before, p = 0, p+2+end
			}
		default:
			before = c
			found = found || c == b
		}
		p++
	}
}

// named looks at "alpha:]..." after "[:". End is the index of its "]", or -1 where there
// is no ":]" and it is an ordinary set.
func named(text string, b byte) (end int, in, known bool) {
	end = strings.IndexByte(text, ']')
	if end < 0 {
		return 0, false, false
	}
	if end == 0 || text[end-1] != ':' {
		return -1, false, true
	}
	is, known := classes[text[:end-1]]
	return end, known && is(b), known
}

var classes = map[string]func(byte) bool{
	"alnum":  func(b byte) bool { return isAlpha(b) || isDigit(b) },
	"alpha":  isAlpha,
	"blank":  func(b byte) bool { return b == ' ' || b == '\t' },
	"cntrl":  func(b byte) bool { return b < ' ' || b == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  isLower,
	"print":  func(b byte) bool { return b == ' ' || isGraph(b) },
	"punct":  func(b byte) bool { return isGraph(b) && !isAlpha(b) && !isDigit(b) },
	"space":  func(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' },
	"upper":  isUpper,
	"xdigit": func(b byte) bool { return isDigit(b) || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F' },
}

func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }
func isLower(b byte) bool { return 'a' <= b && b <= 'z' }
func isAlpha(b byte) bool { return isUpper(b) || isLower(b) }
func isDigit(b byte) bool { return '0' <= b && b <= '9' }
func isGraph(b byte) bool { return ' ' < b && b < 0x7f }
