package events

import "crypto/sha256"

// remembered is how many events are recognised when they come again: more than an engine
// keeps, as it does not send them in quite the order in which it keeps them.
const remembered = 1024

type fingerprint [sha256.Size]byte

// recent recognises events by what they say: several may have the same time.
type recent struct {
	known map[fingerprint]struct{}
	order []fingerprint // a ring, once it is full
	next  int
}

func newRecent() recent { return recent{known: map[fingerprint]struct{}{}} }

func (r *recent) has(event []byte) bool {
	_, is := r.known[sha256.Sum256(event)]
	return is
}

// add reports whether an event is new.
func (r *recent) add(event []byte) bool {
	print := sha256.Sum256(event)
	if _, is := r.known[print]; is {
		return false
	}
	r.known[print] = struct{}{}
	if len(r.order) < remembered {
		r.order = append(r.order, print)
		return true
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = print
	r.next = (r.next + 1) % remembered
	return true
}
