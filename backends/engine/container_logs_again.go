package engine

import (
	"io"
	"time"

	"github.com/docker/docker/api/types/container"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
)

// logPosition finds out from where a log is to be read again. A number of lines from the end does not
// name a position: by then the last lines are others. Where such a log is followed, the time of the first
// line that came does.
type logPosition struct {
	asked container.LogsOptions
	times int
	strip bool // timestamps that nobody asked for
	first streams.FirstStamp
}

func newLogPosition(asked container.LogsOptions, tty bool) *logPosition {
	// A terminal's output does not mark where a timestamp begins: none is added there.
	return &logPosition{asked: asked, strip: tailed(asked) && asked.Follow && !asked.Timestamps && !tty}
}

// next returns what to ask for, for the first time and each time after that. delivered says that some of
// the log was delivered.
func (p *logPosition) next(delivered bool) (container.LogsOptions, error) {
	options := p.asked
	options.Timestamps = options.Timestamps || p.strip
	p.times++
	if p.times == 1 || !tailed(p.asked) || !(p.asked.Follow || delivered) {
		return options, nil
	}
	since, err := timetypes.GetTimestamp(p.first.Stamp(), time.Time{})
	if err != nil || p.first.Stamp() == "" || !p.asked.Follow {
		return options, session.Final("the connection to the engine was lost: with tail, the log cannot be read on from there. Read it again with since= instead, from the time of the last line (tagged=True gives it), or without tail: then it goes on by itself")
	}
	options.Tail, options.Since = "", since
	return options, nil
}

// watch returns the writer for a stream of the answer.
func (p *logPosition) watch(to io.Writer) io.Writer {
	if p.strip {
		to = streams.StripStamps(to)
	}
	if p.asked.Follow && tailed(p.asked) && (p.strip || p.asked.Timestamps) {
		to = p.first.Watch(to)
	}
	return to
}
