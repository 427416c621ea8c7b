package events

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// fakeEngine answers with events that no engine can be made to send.
type fakeEngine struct {
	streams []string // what it sends one after another; it breaks off after each but the last
	kept    string
	back    time.Duration // how far its clock is set back after the first stream
	slow    time.Duration // how long it takes to answer after it has looked at its clock
	sent    atomic.Int64
}

func (f *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Unix(2000, 0)
	sent := f.sent.Load()
	if sent > 0 {
		at = at.Add(-f.back)
	}
	w.Header().Set("Api-Version", "1.41")
	switch {
	case strings.HasSuffix(r.URL.Path, "/info"):
		time.Sleep(f.slow)
		_, _ = fmt.Fprintf(w, `{"SystemTime": %q}`, at.Format(time.RFC3339Nano))
	case strings.HasSuffix(r.URL.Path, "/networks/bridge"):
		_, _ = fmt.Fprint(w, `{"Created": "1970-01-01T00:00:01Z"}`)
	case strings.HasSuffix(r.URL.Path, "/events") && r.URL.Query().Get("until") == "":
		f.sent.Add(1)
		_, _ = fmt.Fprint(w, f.streams[min(int(sent), len(f.streams)-1)])
		w.(http.Flusher).Flush()
		if int(sent) >= len(f.streams)-1 {
			<-r.Context().Done()
		}
	case strings.HasSuffix(r.URL.Path, "/events"):
		_, _ = fmt.Fprint(w, f.kept)
	}
}

// pipes are connections in memory.
type pipes struct {
	net.Listener
	conns chan net.Conn
	shut  chan struct{}
}

func (p pipes) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error { close(p.shut); return nil }

// events returns what a call gives until want comes, or its error. No time passes but what the
// engine takes.
func (f *fakeEngine) events(t *testing.T, want string) (got string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ways := pipes{conns: make(chan net.Conn), shut: make(chan struct{})}
		server := &http.Server{Handler: f}
		guard.Go(func() { _ = server.Serve(ways) }, nil)
		defer func() { _ = server.Close() }()
		s, failed := session.New(session.Options{Target: "fake", Dial: ways.dial})
		if failed != nil {
			t.Fatal(failed)
		}
		defer func() { _ = s.Close(func() {}) }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out := &stopping{want: want, stop: cancel}
		err = New(s).Events(ctx, core.EventsRequest{}, core.Streams{Stdout: out})
		got = out.String()
	})
	return got, err
}

type stopping struct {
	bytes.Buffer
	want string
	stop func()
}

func (s *stopping) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if s.want != "" && strings.Contains(s.String(), s.want) {
		s.stop()
	}
	return n, err
}

func event(name string, at int) string {
	return fmt.Sprintf(`{"Type":"t","Action":%q,"Actor":{"ID":"i","Attributes":{}},"time":%d,"timeNano":%d000000000}`+"\n", name, at, at)
}

var actionOrReason = regexp.MustCompile(`"(?:Action|reason)":"([a-z_]+)"`)

func names(lines string) (list []string) {
	for _, found := range actionOrReason.FindAllStringSubmatch(lines, -1) {
		list = append(list, found[1])
	}
	return list
}

func TestStreamsOfEvents(t *testing.T) {
	a, b, c := event("a", 2001), event("b", 2001), event("c", 2002)
	for name, tt := range map[string]struct {
		engine *fakeEngine
		want   string
	}{
		// An engine sends an event twice that it publishes while somebody begins to listen.
		"twice in one stream":  {&fakeEngine{streams: []string{a + b + a + c}}, "a b c"},
		"of the same time":     {&fakeEngine{streams: []string{a, a + b + c}, kept: a + b + c}, "a b c"},
		"none is kept":         {&fakeEngine{streams: []string{a, c}}, "a c"},
		"only later are kept":  {&fakeEngine{streams: []string{a, c}, kept: strings.Repeat(c, keptByEngine)}, "a not_kept c"},
		"one is known":         {&fakeEngine{streams: []string{a, a + c}, kept: a + strings.Repeat(c, keptByEngine-1)}, "a c"},
		"the clock is behind":  {&fakeEngine{streams: []string{a, c}, back: 30 * time.Second}, "a c"},
		"the clock was set":    {&fakeEngine{streams: []string{a, c}, back: time.Hour}, "a not_kept c"},
		"before the call":      {&fakeEngine{streams: []string{event("old", 1991) + c}}, "c"},
		"much before the call": {&fakeEngine{streams: []string{event("set", 1000) + c}}, "set c"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, err := tt.engine.events(t, `"Action":"c"`)
			if got := strings.Join(names(lines), " "); got != tt.want || core.KindOf(err) != core.KindCancelled {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestUnreadableEvents(t *testing.T) {
	for name, stream := range map[string]string{
		"no JSON": "<html>", "no object": "[1]", "wrong type": `{"Type": 1}`, "wrong attribute": `{"Actor": {"Attributes": {"a": {}}}}`,
		"wrong time": `{"time": 99999999999}`, "negative time": `{"timeNano": -1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if lines, err := (&fakeEngine{streams: []string{stream}}).events(t, ""); core.KindOf(err) != core.KindEngineError || lines != "" {
				t.Errorf("got %q, %v", lines, err)
			}
		})
	}
}

func TestMoments(t *testing.T) {
	now := time.Unix(5000, 7)
	for text, want := range map[string]time.Time{
		"10m": now.Add(-10 * time.Minute), "-1.5s": now.Add(1500 * time.Millisecond), "0s": now, "0": time.Unix(0, 0),
		"1700000000.000000005": time.Unix(1700000000, 5), "1970-01-01T00:00:01.5Z": time.Unix(1, 5e8), "1970-01-01T02:00:01+02:00": time.Unix(1, 0),
	} {
		got, err := parseMoment("since", text)
		if err != nil || !got.given || !got.by(now).Equal(want) {
			t.Errorf("%s: %v, %v; want %v", text, got.by(now), err, want)
		}
	}
	if stamp(time.Unix(3, 5)) != "3.000000005" || stamp(time.Unix(-3, 0)) != "0.000000000" {
		t.Errorf("%s, %s", stamp(time.Unix(3, 5)), stamp(time.Unix(-3, 0)))
	}
}

func TestRecent(t *testing.T) {
	r := newRecent()
	for i := range 3 * remembered {
		if !r.add(fmt.Append(nil, i)) || r.add(fmt.Append(nil, i)) {
			t.Fatalf("number %d", i)
		}
	}
	last := fmt.Append(nil, 2*remembered)
	if !r.has(last) || r.has(fmt.Append(nil, 2*remembered-1)) || len(r.known) != remembered {
		t.Errorf("it knows %d", len(r.known))
	}
}

// TestEventsBeginWithTheCall although the engine takes a second to say what time it was: nothing
// that happens meanwhile is left out.
func TestEventsBeginWithTheCall(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{slow: 1100 * time.Millisecond, streams: []string{event("meanwhile", 1999)}}
	lines, err := engine.events(t, "meanwhile")
	if got := names(lines); len(got) != 1 || core.KindOf(err) != core.KindCancelled {
		t.Errorf("got %v, %v", got, err)
	}
}
