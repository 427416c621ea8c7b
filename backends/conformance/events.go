package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

var eventTests = []test{
	{"events: of a container, as they come and afterwards", testEvents},
	{"events: until a time", testEventsUntil},
	{"events: bad filters and times", testEventsBadInput},
}

// eventLines reads what an events call writes.
type eventLines struct {
	mu   sync.Mutex
	all  []string // actions
	seen chan string
}

func (l *eventLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for text := range bytes.Lines(p) {
		var line struct {
			Event struct{ Action string }
			Gap   *core.EventGap
		}
		if err := json.Unmarshal(text, &line); err != nil {
			return 0, err
		}
		action := line.Event.Action
		if line.Gap != nil {
			action = "gap"
		}
		l.all = append(l.all, action)
		l.seen <- action
	}
	return len(p), nil
}

// happened collects the actions of an events call that ends by itself.
func (f *fixture) happened(t *testing.T, req core.EventsRequest) []string {
	t.Helper()
	lines := &eventLines{seen: make(chan string, 1000)}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.Events(ctx, req, core.Streams{Stdout: lines}); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(lines.all, func(action string) bool { return action == "gap" })
}

func testEvents(t *testing.T, f *fixture) {
	// Other tests make events at the same time: an engine that forgot ours is asked again.
	for !f.tellsOfAContainer(t) {
		t.Log("the engine has forgotten the events of the container: again with another one")
	}
}

// tellsOfAContainer follows a container's events and asks for them afterwards. It returns
// false if the engine, which keeps its last 256 events, did not keep them until it was asked.
func (f *fixture) tellsOfAContainer(t *testing.T) bool {
	name := f.name(t)
	filters := map[string][]string{"container": {name}, "type": {"container"}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines := &eventLines{seen: make(chan string, 1000)}
	called := time.Now()
	ended := goes(func() error {
		req := core.EventsRequest{Filters: filters, WaitedSeconds: time.Since(called).Seconds()}
		return f.Events(ctx, req, core.Streams{Stdout: lines})
	})
	if _, err := f.Create(t.Context(), core.CreateContainerRequest{Image: busybox, Options: []string{"--name", name}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{
		f.Rename(t.Context(), core.RenameRequest{Container: name, Name: name + "-2"}),
		f.Rename(t.Context(), core.RenameRequest{Container: name + "-2", Name: name}),
		f.Remove(t.Context(), core.RemoveRequest{Container: name}),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	for await(t, lines.seen, "the container's end") != "destroy" {
	}
	cancel()
	wantKind(t, await(t, ended, "the end of the events"), core.KindCancelled)
	if slices.Contains(lines.all, "gap") { // so much has happened before the engine was asked
		return false
	}
	if want := []string{"create", "rename", "rename", "destroy"}; !slices.Equal(lines.all, want) {
		t.Errorf("got %v, want %v", lines.all, want)
	}
	again := f.happened(t, core.EventsRequest{Filters: filters, Since: "1h", Until: "0s"})
	filters["event"] = []string{"create", "destroy"}
	some := f.happened(t, core.EventsRequest{Filters: filters, Until: "0s"})
	since := f.happened(t, core.EventsRequest{Since: called.Format(time.RFC3339Nano), Until: "0s"})
	if len(since) >= keptEvents && len(some) < 2 {
		return false
	}
	if !slices.Equal(again, lines.all) {
		t.Errorf("afterwards: %v", again)
	}
	if !slices.Equal(some, []string{"create", "destroy"}) {
		t.Errorf("with a filter: %v", some)
	}
	return true
}

// keptEvents is how many past events an engine tells (eventsLimit of moby's daemon/events).
const keptEvents = 256

func testEventsUntil(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	nobody := map[string][]string{"container": {"mlng-nobody"}}
	began := time.Now()
	if got := f.happened(t, core.EventsRequest{Filters: nobody, Until: "-300ms"}); len(got) > 0 || time.Since(began) < 300*time.Millisecond {
		t.Errorf("got %v after %v", got, time.Since(began))
	}
	if got := f.happened(t, core.EventsRequest{Filters: map[string][]string{"container": {name}}, Since: "2h", Until: "1h"}); len(got) > 0 {
		t.Errorf("an hour ago: %v", got)
	}
}

func testEventsBadInput(t *testing.T, f *fixture) {
	for says, req := range map[string]core.EventsRequest{
		"one of config, container, daemon, event": {Filters: map[string][]string{"status": {"x"}}},
		"has no value":           {Filters: map[string][]string{"type": {}}},
		`since="yesterday"`:      {Since: "yesterday"},
		`until="2020-13-01"`:     {Until: "2020-13-01"},
		"is before since":        {Since: "1h", Until: "2h"},
		"2020-01-01T00:00:00Z":   {Since: "1h", Until: "2020-01-01T00:00:00Z"},
		"(1970-01-01T00:00:01Z)": {Since: "2", Until: "1"},
	} {
		err := f.Events(t.Context(), req, core.Streams{})
		wantKind(t, err, core.KindInvalidArgument)
		if err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}
