package attach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// start is where in a container's log the output of an attachment begins. Its zero value is the
// log's beginning: that of a run's output.
//
// A log does not say where somebody attached. But the time of the last line before is known, and
// whether it was still the last one afterwards: then all that follows was delivered. If the
// container printed at that moment, the output is looked for in what follows.
type start struct {
	inside   bool // the log, not at its beginning
	since    string
	quiet    chan bool
	located  bool
	out, err int64 // bytes of each stream that come before, counted from since
}

// startAfter lets the output begin after the last line of the log, which has this time.
func (c *Container) startAfter(stamp string) {
	c.start = start{inside: true, quiet: make(chan bool, 1)}
	if last, err := time.Parse(time.RFC3339Nano, stamp); err == nil {
		next := last.Add(time.Nanosecond)
		c.start.since = strconv.FormatInt(next.Unix(), 10) + fmt.Sprintf(".%09d", next.Nanosecond())
	}
}

// askQuiet finds out whether the last line is still the same, now that the streams are attached.
func (r *Attacher) askQuiet(ctx context.Context, c *Container, before string) {
	quiet := c.start.quiet
	guard.Go(func() {
		after, err := r.lastStamp(ctx, c)
		quiet <- err == nil && after == before
	}, nil)
}

// lastStamp returns the time of a log's last line; "" if it has none.
func (r *Attacher) lastStamp(ctx context.Context, c *Container) (string, error) {
	log, err := r.session.API.ContainerLogs(ctx, c.ID, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: "1", Timestamps: true})
	if err != nil {
		return "", err
	}
	defer func() { _ = log.Close() }()
	line := &beginning{}
	if err := streams.Demux(log, c.TTY, line, line); err != nil {
		return "", err
	}
	stamp, _, _ := bytes.Cut(line.kept, []byte(" "))
	return string(stamp), nil
}

// locate finds the beginning of the output in the log.
func (r *Attacher) locate(ctx context.Context, c *Container, driver string, out, errOut *streams.Counter) error {
	if !c.start.inside || c.start.located {
		return nil
	}
	log, err := r.session.API.ContainerLogs(ctx, c.ID, c.logOptions(false))
	if err != nil {
		return unlessUnreadable(c, driver, err)
	}
	defer func() { _ = log.Close() }()
	defer guard.OnDone(ctx, func() { _ = log.Close() })()
	first, firstErr := &beginning{head: out.Head()}, &beginning{head: errOut.Head()}
	first.other, firstErr.other = firstErr, first
	if err := streams.Demux(log, c.TTY, first, firstErr); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	quiet := false
	select {
	case quiet = <-c.start.quiet:
	default: // the answer was lost, too
	}
	before, found := first.before(quiet)
	errBefore, errFound := firstErr.before(quiet)
	if !found || !errFound {
		return incomplete(c, "what was delivered cannot be told from what it printed before")
	}
	c.start.out, c.start.err, c.start.located = before, errBefore, true
	return nil
}

// beginning keeps the first bytes of a log, to find the first ones that were delivered in them.
type beginning struct {
	kept, head []byte
	other      *beginning // nil reads all
}

// lookBack is how much of a log is searched.
const lookBack = 64 << 10

var errEnough = errors.New("the beginning is known")

// Write implements io.Writer.
func (b *beginning) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p[:min(len(p), lookBack-len(b.kept))]...)
	if b.other != nil && b.full() && b.other.full() {
		return 0, errEnough
	}
	return len(p), nil
}

func (b *beginning) full() bool { return len(b.head) == 0 || len(b.kept) == lookBack }

// before returns how many bytes come before the head. If the container printed nothing while the
// streams were attached, that is none, or the beginning of a line that it had not finished.
func (b *beginning) before(quiet bool) (int64, bool) {
	search := b.kept
	switch {
	case len(b.head) == 0:
		return 0, true
	case quiet && (bytes.HasPrefix(b.kept, b.head) || bytes.HasPrefix(b.head, b.kept)):
		return 0, true
	case quiet:
		if end := bytes.IndexByte(b.kept, '\n'); end >= 0 {
			search = b.kept[:min(len(b.kept), end+len(b.head))]
		}
	}
	at := bytes.Index(search, b.head)
	return int64(at), at >= 0 && bytes.LastIndex(search, b.head) == at
}
