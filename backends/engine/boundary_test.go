package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// lyingEngine is an engine that answers each request as a function says, and pings as
// engines do.
func lyingEngine(t *testing.T, answer http.HandlerFunc) *Engine {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.47")
		w.Header().Set("Ostype", "linux")
		if path.Base(r.URL.Path) == "_ping" {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return openEngineBy(t, bed.Engine{Host: "tcp://liar"}, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	})
}

// endless repeats a text until nobody reads any more.
func endless(head, repeated string, stopped *atomic.Int64) http.HandlerFunc {
	block := strings.Repeat(repeated, 1+(64<<10)/len(repeated))
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := io.WriteString(w, head)
		for err == nil && r.Context().Err() == nil {
			_, err = io.WriteString(w, block)
		}
		stopped.Add(1)
	}
}

// TestEndlessAnswers: no answer of an engine makes a client hold more than its bound,
// whatever it is about, and however the bytes become more when they are decoded.
func TestEndlessAnswers(t *testing.T) {
	const most = 256 << 20 // 64 MiB, and its copy while io.ReadAll grows; the race detector adds to both
	for name, c := range map[string]struct {
		head, repeated string
		ask            func(ctx context.Context, e *Engine) error
	}{
		"a list of containers": {"[{}", ",{}", func(ctx context.Context, e *Engine) error {
			_, err := e.List(ctx)
			return err
		}},
		"a list of images": {`["x"`, `,"x"`, func(ctx context.Context, e *Engine) error { _, err := e.ImageList(ctx); return err }},
		"a container": {`{"Name":"`, "x", func(ctx context.Context, e *Engine) error {
			_, err := e.Inspect(ctx, core.ContainerRequest{Container: "x"})
			return err
		}},
		"information": {`{"a":`, "[", func(ctx context.Context, e *Engine) error { _, err := e.Info(ctx); return err }},
		"an error": {`{"message":"`, "x", func(ctx context.Context, e *Engine) error {
			_, err := e.Version(ctx)
			return err
		}},
		"progress of a pull": {`{"status":"`, "x", func(ctx context.Context, e *Engine) error {
			_, err := e.ImagePull(ctx, core.PullRequest{Image: "x"}, nil)
			return err
		}},
		"progress in lines": {"{", "\"a\":1,\n", func(ctx context.Context, e *Engine) error {
			_, err := e.ImagePull(ctx, core.PullRequest{Image: "x"}, nil)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var stopped atomic.Int64
			answer := endless(c.head, c.repeated, &stopped)
			e := lyingEngine(t, func(w http.ResponseWriter, r *http.Request) {
				if name == "an error" {
					w.WriteHeader(http.StatusInternalServerError)
				}
				answer(w, r)
			})
			var err error
			peak := treetest.Memory(func() { err = c.ask(t.Context(), e) })
			var known *core.Error
			if !errors.As(err, &known) || known.Kind != core.KindEngineError && known.Kind != core.KindRegistryError {
				t.Errorf("%v", err)
			}
			if name != "an error" && (known == nil || known.Details["reason"] != "too_large") {
				t.Errorf("%+v", known)
			}
			if known != nil && len(known.Message) > 2<<20 || peak > most {
				t.Errorf("%d MB were in use", peak>>20)
			}
		})
	}
}

// TestALongList: a list of containers or images, of which a caller asks to have all, may take more
// than another answer, and is bounded, too.
func TestALongList(t *testing.T) {
	row := `{"Id":"` + strings.Repeat("x", 64<<10) + `"},`
	rows := bounded.Limit/len(row) + 10
	short := lyingEngine(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "[")
		for range rows {
			_, _ = io.WriteString(w, row)
		}
		_, _ = io.WriteString(w, "{}]")
	})
	var stopped atomic.Int64
	long := lyingEngine(t, endless("[{}", ","+strings.TrimSuffix(row, ","), &stopped))
	for name, ask := range map[string]func(e *Engine) (json.RawMessage, error){
		"containers": func(e *Engine) (json.RawMessage, error) {
			return e.Containers(t.Context(), core.ContainerListRequest{})
		},
		"images": func(e *Engine) (json.RawMessage, error) { return e.Images(t.Context(), core.ImageListRequest{}) },
	} {
		if raw, err := ask(short); err != nil || len(raw) != 1+rows*len(row)+len("{}]") {
			t.Errorf("%s: %d bytes, %v", name, len(raw), err)
		}
		if _, err := ask(long); !bounded.IsTooLarge(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPanicsBelowTheTransport: net/http dials and reads requests in goroutines of its own,
// where a panic would end this test's process.
func TestPanicsBelowTheTransport(t *testing.T) {
	e := openEngineBy(t, bed.Engine{Host: "tcp://nobody"}, func(context.Context) (net.Conn, error) { panic("dial") })
	if _, err := e.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "panic: dial") {
		t.Error(err)
	}
	e = lyingEngine(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	_, err := e.ImageLoad(t.Context(), core.LoadRequest{}, core.Streams{Stdin: panicReader{}})
	if err == nil || !strings.Contains(err.Error(), "panic: read") {
		t.Error(err)
	}
	var p *guard.Panic
	resp, err := e.API().HTTPClient().Post("http://docker.invalid/x", "text/plain", panicReader{})
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.As(err, &p) {
		t.Error(err)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("read") }
