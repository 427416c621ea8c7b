package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// action is what the engine does with a request.
type action func(w http.ResponseWriter, r *http.Request)

func pong(version string) action {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", version) }
}

func answer200(document string) action {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, document)
	}
}

func refuse(status int, message string) action {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message": `+quoted(message)+`}`)
	}
}

// drop ends the connection where the answer should come.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cut ends the connection in the middle of an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"half":`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// hang gives no answer until the connection ends.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func after(d time.Duration, then action) action {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			then(w, r)
		case <-r.Context().Done():
		}
	}
}

func times(n int, a action) (acts []action) {
	for range n {
		acts = append(acts, a)
	}
	return acts
}

func wantKind(t *testing.T, err error, kind core.Kind) *core.Error {
	t.Helper()
	var known *core.Error
	if kind == "" {
		if err != nil {
			t.Fatalf("got %v", err)
		}
		return &core.Error{}
	}
	if !errors.As(err, &known) || known.Kind != kind {
		t.Fatalf("got %v (%s), not %s", err, core.KindOf(err), kind)
	}
	return known
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not have %q", text, part)
		}
	}
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// start asks the engine to start a container: a request of which it matters how often it is made.
func start(s *Session) func(ctx context.Context) error {
	return func(ctx context.Context) error { return s.API.ContainerStart(ctx, "c", container.StartOptions{}) }
}
