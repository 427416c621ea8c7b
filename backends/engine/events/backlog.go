package events

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
)

// maxBacklog is how many bytes of events wait for a caller who does not read: some thousand
// events.
const maxBacklog = 4 << 20

// backlog is what waits for the caller. What does not fit becomes a gap.
type backlog struct {
	changed chan struct{} // has an element when something came since the last look
	ended   chan struct{}

	mu    sync.Mutex
	lines [][]byte
	size  int
	gap   *core.EventGap // of what did not fit
	over  bool
	err   error
}

func newBacklog() *backlog {
	return &backlog{changed: make(chan struct{}, 1), ended: make(chan struct{})}
}

// event appends an event.
func (b *backlog) event(m message) {
	line := encode(core.EventLine{Event: m.raw})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gap == nil && (b.size == 0 || b.size+len(line) <= maxBacklog) {
		b.append(line)
		return
	}
	if b.gap == nil {
		b.gap = &core.EventGap{Reason: core.GapSlowReader, Since: m.TimeNano, Until: m.TimeNano}
	}
	b.gap.Since, b.gap.Until = min(b.gap.Since, m.TimeNano), max(b.gap.Until, m.TimeNano)
	if b.gap.Lost >= 0 {
		b.gap.Lost++
	}
}

// missing appends a gap, or extends the one that is open.
func (b *backlog) missing(gap core.EventGap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gap != nil {
		b.gap.Until, b.gap.Lost = max(b.gap.Until, gap.Until), -1
		return
	}
	b.append(encode(core.EventLine{Gap: &gap}))
}

func (b *backlog) append(line []byte) {
	b.lines, b.size = append(b.lines, line), b.size+len(line)
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// end says that nothing more comes.
func (b *backlog) end(err error) {
	b.mu.Lock()
	b.over, b.err = true, err
	b.mu.Unlock()
	close(b.ended)
}

// deliver writes everything until the end.
func (b *backlog) deliver(ctx context.Context, to io.Writer) error {
	for {
		lines, over, err := b.take()
		if len(lines) > 0 {
			if _, failed := to.Write(bytes.Join(lines, nil)); failed != nil {
				return failed
			}
			continue
		}
		if over {
			return err
		}
		select {
		case <-b.changed:
		case <-b.ended:
		case <-ctx.Done():
			return core.ContextError(ctx, "")
		}
	}
}

// take removes what waits. A gap at its end is complete: from now on there is room.
func (b *backlog) take() (lines [][]byte, over bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gap != nil {
		b.lines, b.gap = append(b.lines, encode(core.EventLine{Gap: b.gap})), nil
	}
	lines, b.lines, b.size = b.lines, nil, 0
	return lines, b.over, b.err
}

func encode(line core.EventLine) []byte {
	text, _ := json.Marshal(line) // an event is valid JSON: it was decoded
	return append(text, '\n')
}
