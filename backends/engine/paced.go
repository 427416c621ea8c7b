package engine

import (
	"io"
	"time"
)

// paced lets a busy stream collect for a moment between two reads: waking for each of
// the engine's chunks costs more than the chunk. A quiet stream is read at once.
type paced struct {
	from io.Reader
	last time.Time
	busy int // reads in a row that came close to each other
}

const (
	paceAfter  = 8
	paceWithin = 500 * time.Microsecond
	pace       = 150 * time.Microsecond // less than a socket's buffer takes to fill
)

func (p *paced) Read(b []byte) (int, error) {
	if p.busy >= paceAfter {
		time.Sleep(pace)
	}
	n, err := p.from.Read(b)
	now := time.Now()
	if now.Sub(p.last) < paceWithin {
		p.busy++
	} else {
		p.busy = 0
	}
	p.last = now
	return n, err
}
