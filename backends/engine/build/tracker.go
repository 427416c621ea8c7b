package build

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// tracker makes events, the log and the counts from what BuildKit reports about a build.
type tracker struct {
	events  func(event any) // nil if nobody listens
	log     transcript
	mask    *mask
	steps   map[string]*step
	numbers int
	// failed is the step that made the build fail, the last one that says so.
	failed   *step
	warnings []string
	taken    bounded.Count
	over     *core.Error // the engine reported more than this client accepts
}

// step is a vertex of the build.
type step struct {
	number   int
	digest   string
	name     string
	began    time.Time
	ended    bool
	cached   bool
	held     map[int]string       // for each stream, what may be the beginning of a secret
	partial  string               // a line of output without its end
	tail     []string             // the last lines of output
	statuses map[string]time.Time // when a transfer was printed last, zero after its end
}

// tailLines is how much of a failed step's output an error carries.
const tailLines = 20

func newTracker(events, plain func(event any), hidden *mask) *tracker {
	t := &tracker{
		events: events, steps: map[string]*step{}, mask: hidden,
		taken: bounded.Count{What: "what the engine tells of the build's steps", Limit: bounded.Limit},
	}
	if plain != nil {
		t.log.emit = func(text string) { plain(core.BuildPlainEvent{Event: "plain", Text: text}) }
	}
	return t
}

func (t *tracker) emit(event any) {
	if t.events != nil {
		t.events(event)
	}
}

// The memory of each step and transfer, besides its name, in bytes.
const stepCost = 512

// room reports whether more can be kept.
func (t *tracker) room(size int) bool {
	if t.taken.Add(size+stepCost) != nil && t.over == nil {
		t.over = bounded.TooLarge(t.taken.What, t.taken.Limit)
	}
	return t.over == nil
}

// take processes one message of the engine.
func (t *tracker) take(status *client.SolveStatus) {
	for _, v := range status.Vertexes {
		t.vertex(v)
	}
	for _, s := range status.Statuses {
		t.status(s)
	}
	for _, l := range status.Logs {
		t.output(l)
	}
	for _, w := range status.Warnings {
		t.warning(w)
	}
	for _, v := range status.Vertexes {
		t.end(v)
	}
}

// vertex notes the beginning of a step. Its end is reported after the output that came
// with it. BuildKit works on some steps several times.
func (t *tracker) vertex(v *client.Vertex) {
	digest := v.Digest.String()
	s, ok := t.steps[digest]
	if !ok {
		if !t.room(len(digest) + len(v.Name)) {
			return
		}
		s = &step{digest: digest, name: t.mask.hide(v.Name), held: map[int]string{}, statuses: map[string]time.Time{}}
		t.steps[digest] = s
	}
	if v.Started == nil && v.Completed == nil && !v.Cached {
		return // planned
	}
	again := s.ended && v.Completed == nil
	if again {
		s.ended = false
	}
	if s.number == 0 {
		t.numbers++
		s.number = t.numbers
		if s.number > 1 {
			t.log.write("\n")
		}
		t.log.line(s.number, s.name)
	} else if !again {
		return
	}
	if v.Started != nil && s.began.IsZero() {
		s.began = *v.Started
	}
	t.emit(core.BuildVertexEvent{Event: "vertex", Vertex: s.digest, Number: s.number, Name: s.name, State: core.BuildStarted})
}

func (t *tracker) end(v *client.Vertex) {
	s := t.steps[v.Digest.String()]
	if s == nil || s.ended || v.Completed == nil {
		return
	}
	s.ended = true
	t.flush(s)
	event := core.BuildVertexEvent{Event: "vertex", Vertex: s.digest, Number: s.number, Name: s.name, State: core.BuildDone}
	if !s.began.IsZero() {
		event.Seconds = max(0, v.Completed.Sub(s.began).Seconds())
	}
	switch {
	case v.Error != "":
		event.State, event.Error = core.BuildFailed, t.mask.hide(v.Error)
		if strings.HasSuffix(event.Error, "context canceled") {
			t.log.line(s.number, "CANCELED")
		} else {
			t.failed = s
			t.log.line(s.number, "ERROR: "+event.Error)
		}
	case v.Cached:
		s.cached = true
		event.State = core.BuildCached
		t.log.line(s.number, "CACHED")
	default:
		s.tail = nil // nobody needs it any more
		t.log.line(s.number, "DONE "+took(time.Duration(event.Seconds*float64(time.Second))))
	}
	t.emit(event)
}

// A transfer is printed at its end, and from time to time until then.
const statusInterval = 5 * time.Second

func (t *tracker) status(v *client.VertexStatus) {
	s := t.steps[v.Vertex.String()]
	if s == nil || s.number == 0 {
		return
	}
	name := t.mask.hide(v.ID)
	done := v.Completed != nil
	t.emit(core.BuildStatusEvent{Event: "status", Vertex: s.digest, Number: s.number, Name: name, Current: v.Current, Total: v.Total, Done: done})
	last, known := s.statuses[v.ID]
	switch {
	case !known:
		if !t.room(len(v.ID)) {
			return
		}
		s.statuses[v.ID] = v.Timestamp
		last = v.Timestamp
	case last.IsZero():
		return
	}
	if !done && v.Timestamp.Sub(last) < statusInterval {
		return
	}
	s.statuses[v.ID] = v.Timestamp
	text := name
	switch {
	case v.Total > 0:
		text += " " + size(v.Current) + " / " + size(v.Total)
	case v.Current > 0:
		text += " " + size(v.Current)
	}
	if done {
		s.statuses[v.ID] = time.Time{}
		text += " done"
	}
	t.log.line(s.number, text)
}

func (t *tracker) output(v *client.VertexLog) {
	s := t.steps[v.Vertex.String()]
	if s == nil || s.number == 0 {
		return
	}
	stream := v.Stream
	if _, known := s.held[stream]; !known && len(s.held) >= maxStreams {
		stream = 1
	}
	var text string
	text, s.held[stream] = t.mask.part(s.held[stream] + string(v.Data))
	t.show(s, stream, text, v.Timestamp)
}

// maxStreams is how many outputs a step may have; BuildKit knows two.
const maxStreams = 8

// show passes on output in which all secrets are hidden.
func (t *tracker) show(s *step, stream int, text string, at time.Time) {
	if text == "" {
		return
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	lines := strings.Split(s.partial+text, "\n")
	s.partial = lines[len(lines)-1]
	if len(s.partial) > maxPartial {
		lines, s.partial = append(lines, ""), ""
	}
	for _, line := range lines[:len(lines)-1] {
		t.print(s, line, at)
	}
	t.emit(core.BuildLogEvent{Event: "log", Vertex: s.digest, Number: s.number, Stream: stream, Text: text})
}

// maxPartial bounds how much of a line is kept while its end is missing.
const maxPartial = 64 << 10

func (t *tracker) print(s *step, line string, at time.Time) {
	line = strings.TrimSuffix(line, "\r")
	if s.tail = append(s.tail, line[:min(len(line), maxPartial)]); len(s.tail) > tailLines {
		s.tail = append([]string(nil), s.tail[len(s.tail)-tailLines:]...)
	}
	if s.began.IsZero() {
		s.began = at
	}
	t.log.line(s.number, clock(at.Sub(s.began))+" "+line)
}

// flush prints what was kept of a step's output: the possible beginning of a secret, and
// the last line without an end.
func (t *tracker) flush(s *step) {
	for _, stream := range slices.Sorted(maps.Keys(s.held)) {
		t.show(s, stream, t.mask.rest(s.held[stream]), s.began)
	}
	clear(s.held)
	if s.partial != "" {
		line := s.partial
		s.partial = ""
		t.print(s, line, s.began)
	}
}

func (t *tracker) warning(w *client.VertexWarning) {
	text := t.mask.hide(string(w.Short))
	if w.SourceInfo != nil && len(w.Range) > 0 {
		text += fmt.Sprintf(" (%s:%d)", w.SourceInfo.Filename, w.Range[0].GetStart().GetLine())
	}
	if !t.room(len(text)) {
		return
	}
	t.warnings = append(t.warnings, text)
	t.emit(core.WarningEvent{Event: "warning", Message: text})
}

// close writes what is left.
func (t *tracker) close() {
	for _, s := range t.steps {
		t.flush(s)
	}
}

// A Dockerfile's own step: "[2/3] RUN ...", "[build 2/3] RUN ...".
var ownStep = regexp.MustCompile(`^\[[^\]]*\d+/\d+\] (\S+)`)

// counts returns the number of the Dockerfile's steps, and of those that were cached.
// FROM does not count: it makes nothing.
func (t *tracker) counts() (steps, cached int) {
	for _, s := range t.steps {
		match := ownStep.FindStringSubmatch(s.name)
		if match == nil || strings.EqualFold(match[1], "FROM") {
			continue
		}
		steps++
		if s.cached {
			cached++
		}
	}
	return steps, cached
}
