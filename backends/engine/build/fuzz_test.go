package build

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	controlapi "github.com/moby/buildkit/api/services/control"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
	"google.golang.org/protobuf/proto"

	"github.com/proboscis/ml_nexus_go/core"
)

const secretText = "a-secret-of-the-build"

// heard takes the events of a build: each can be written as JSON, and none shows the secret.
type heard struct {
	t     *testing.T
	count int
	size  int
}

func (h *heard) event(event any) {
	text, err := json.Marshal(event)
	if err != nil {
		h.t.Errorf("%+v: %v", event, err)
	}
	if bytes.Contains(text, []byte(secretText)) {
		h.t.Errorf("the secret is shown by %s", text)
	}
	h.count++
	h.size += len(text)
}

// FuzzStatus: whatever BuildKit reports of a build gives events and a log without secrets, not
// much larger than what was sent, and each step that was counted was named.
func FuzzStatus(f *testing.F) {
	add := func(status ...*controlapi.StatusResponse) {
		var all []byte
		for _, s := range status {
			raw, err := proto.Marshal(s)
			if err != nil || len(raw) > 255 {
				f.Fatal(len(raw), err)
			}
			all = append(append(all, byte(len(raw))), raw...)
		}
		f.Add(all)
	}
	add(&controlapi.StatusResponse{Vertexes: []*controlapi.Vertex{{Digest: "sha256:1", Name: "[1/2] RUN x " + secretText, Cached: true}}})
	add(&controlapi.StatusResponse{Statuses: []*controlapi.VertexStatus{{ID: "x", Vertex: "none", Current: -1, Total: 1}}},
		&controlapi.StatusResponse{Warnings: []*controlapi.VertexWarning{{Short: []byte("careful"), Info: &pb.SourceInfo{}, Ranges: []*pb.Range{{}}}}})
	add(&controlapi.StatusResponse{Vertexes: []*controlapi.Vertex{{Digest: "d", Name: "RUN", Cached: true}}},
		&controlapi.StatusResponse{Logs: []*controlapi.VertexLog{{Vertex: "d", Stream: 1, Msg: []byte("a-secret-of-")}, {Vertex: "d", Stream: 2, Msg: []byte("x\xff\n")}}},
		&controlapi.StatusResponse{Logs: []*controlapi.VertexLog{{Vertex: "d", Stream: 1, Msg: []byte("the-build\nmore")}}})
	f.Fuzz(func(t *testing.T, sent []byte) {
		events, plain := &heard{t: t}, &heard{t: t}
		tracker := newTracker(events.event, plain.event, newMask(map[string][]byte{"s": []byte(secretText)}))
		for rest := sent; len(rest) > 0; {
			size := min(int(rest[0]), len(rest)-1)
			var status controlapi.StatusResponse
			if proto.Unmarshal(rest[1:1+size], &status) == nil {
				tracker.take(client.NewSolveStatus(&status))
			}
			rest = rest[1+size:]
		}
		result := resultOf(&Spec{}, tracker)
		if strings.Contains(result.Log, secretText) || strings.Contains(strings.Join(result.Warnings, "\n"), secretText) {
			t.Errorf("the secret is in %q %q", result.Log, result.Warnings)
		}
		if result.Steps > len(tracker.steps) || result.CachedSteps > result.Steps || len(tracker.steps) > len(sent) {
			t.Errorf("%d steps, %d cached, of %d", result.Steps, result.CachedSteps, len(tracker.steps))
		}
	})
}

// FuzzClassic: whatever the classic builder sends is read to its end, with lines that it sent, and
// the image's ID is one that it named.
func FuzzClassic(f *testing.F) {
	f.Add([]byte(`{"stream":"Step 1/2 : FROM x\n"}{"stream":" ---> Using cache\n"}{"stream":"Step 2/2 : RUN y\n"}{"stream":"\u001b[91mout\u001b[0m"}{"aux":{"ID":"sha256:0123456789ab"}}{"stream":"Successfully built 0123456789ab\n"}`))
	f.Add([]byte(`{"status":"Pulling","id":"a","progressDetail":{"current":1,"total":0}}{"stream":"[Warning] careful\n"}{"errorDetail":{"code":1,"message":"no"},"error":"no"}`))
	f.Add([]byte(`{"stream":"Step 1/1 : X\nout"}{"stream":"sha256:` + strings.Repeat("a", 64) + `"}{"aux":{"ID":7}}`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		events, plain := &heard{t: t}, &heard{t: t}
		reader := newClassicReader(Listener{Events: events.event, Plain: plain.event})
		err := reader.read(io.NopCloser(iotest.HalfReader(bytes.NewReader(sent))))
		result := resultOf(&Spec{}, reader.tracker)
		if err == nil && reader.id == "" {
			t.Error("it ended well without an image")
		}
		if core.KindOf(err) == core.KindInternalError || !utf8.ValidString(result.Log) {
			t.Errorf("%v, %q", err, result.Log)
		}
		if events.count > 8*len(sent) || result.Steps > len(sent) {
			t.Errorf("%d events, %d steps of %d bytes", events.count, result.Steps, len(sent))
		}
	})
}
