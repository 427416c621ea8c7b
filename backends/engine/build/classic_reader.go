package build

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/core"
)

// classicReader turns the classic builder's messages into what BuildKit would send.
type classicReader struct {
	tracker *tracker
	id      string
	partial string
	vertex  *client.Vertex
}

func newClassicReader(listener Listener) *classicReader {
	return &classicReader{tracker: newTracker(listener.Events, listener.Plain, nil)}
}

// What the classic builder prints besides the output of commands.
var (
	classicStep  = regexp.MustCompile(`^Step (\d+)/(\d+) : (.*)$`)
	classicNotes = regexp.MustCompile(`^( ---> [0-9a-f]{12}| ---> Running in [0-9a-f]+|Removing intermediate container [0-9a-f]+| ---> Removed intermediate container [0-9a-f]+|Successfully built [0-9a-f]+|Successfully tagged .*|Sending build context .*|sha256:[0-9a-f]{64})$`)
	builtImage   = regexp.MustCompile(`^(?:Successfully built |)((?:sha256:)?[0-9a-f]{12,64})$`)
)

func (r *classicReader) take(m *jsonmessage.JSONMessage) {
	switch {
	case m.Aux != nil:
		var aux struct{ ID string }
		if json.Unmarshal(*m.Aux, &aux) == nil && aux.ID != "" {
			r.id = aux.ID
		}
	case m.Stream != "":
		text, stream := uncolored(m.Stream)
		lines := strings.Split(r.partial+text, "\n")
		if r.partial = lines[len(lines)-1]; len(r.partial) > maxPartial {
			lines, r.partial = append(lines, ""), ""
		}
		for _, line := range lines[:len(lines)-1] {
			r.line(strings.TrimSuffix(line, "\r"), stream)
		}
	case m.Status != "" && r.vertex != nil:
		r.transfer(m)
	}
}

func (r *classicReader) line(line string, stream int) {
	if step := classicStep.FindStringSubmatch(line); step != nil {
		r.finish("")
		r.begin(step)
		return
	}
	switch {
	case line == " ---> Using cache":
		if r.vertex != nil {
			r.vertex.Cached = true
		}
	case classicNotes.MatchString(line), line == "":
		if found := builtImage.FindStringSubmatch(line); found != nil && r.id == "" {
			r.id = found[1]
		}
	case strings.HasPrefix(line, "[Warning] "):
		r.warn(strings.TrimPrefix(line, "[Warning] "))
	case r.vertex != nil:
		r.send(&client.SolveStatus{Logs: []*client.VertexLog{{Vertex: r.vertex.Digest, Stream: stream, Data: []byte(line + "\n"), Timestamp: time.Now()}}})
	}
}

func (r *classicReader) warn(text string) {
	r.send(&client.SolveStatus{Warnings: []*client.VertexWarning{{Short: []byte(text)}}})
}

// uncolored removes the color with which the classic builder marks a command's stderr.
func uncolored(text string) (string, int) {
	if inner, ok := strings.CutPrefix(text, "\x1b[91m"); ok {
		return strings.TrimSuffix(inner, "\x1b[0m"), 2
	}
	return text, 1
}

func (r *classicReader) begin(step []string) {
	now := time.Now()
	name := fmt.Sprintf("[%s/%s] %s", step[1], step[2], step[3])
	r.vertex = &client.Vertex{Digest: digest.FromString(name), Name: name, Started: &now}
	r.send(&client.SolveStatus{Vertexes: []*client.Vertex{r.vertex}})
}

// finish ends the current step, with an error if failure is not empty.
func (r *classicReader) finish(failure string) {
	if r.partial != "" {
		rest := r.partial
		r.partial = ""
		r.line(rest, 1)
	}
	if r.vertex == nil {
		return
	}
	now := time.Now()
	ended := *r.vertex
	ended.Completed, ended.Error = &now, failure
	r.vertex = nil
	r.send(&client.SolveStatus{Vertexes: []*client.Vertex{&ended}})
}

// transfer reports the progress of an image that FROM pulls.
func (r *classicReader) transfer(m *jsonmessage.JSONMessage) {
	now := time.Now()
	status := &client.VertexStatus{ID: strings.TrimSpace(m.ID + " " + m.Status), Vertex: r.vertex.Digest, Timestamp: now, Started: &now}
	if p := m.Progress; p != nil && p.Total > 0 {
		status.Current, status.Total = p.Current, p.Total
	} else {
		status.Completed = &now
	}
	r.send(&client.SolveStatus{Statuses: []*client.VertexStatus{status}})
}

func (r *classicReader) send(status *client.SolveStatus) { r.tracker.take(status) }

func (r *classicReader) result(s *Spec) (core.BuildResult, error) {
	result := resultOf(s, r.tracker)
	result.ImageID = r.id
	return result, s.writeFiles(r.id, nil)
}
