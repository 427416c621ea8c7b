package conformance

import (
	"context"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/standin"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// stalled is a registry whose transfers of layers stop after some bytes, and that tells
// when the engine ends them.
type stalled struct {
	address    string
	asked, end chan string
}

func startStalled(t *testing.T) *stalled {
	t.Helper()
	behind, err := url.Parse(bed.Load(t).Registry(t, "registry").URL)
	if err != nil {
		t.Fatal(err)
	}
	s := &stalled{asked: make(chan string, 64), end: make(chan string, 64)}
	proxy := httputil.NewSingleHostReverseProxy(behind)
	s.address = standin.Start(t, standin.Trusted(t), func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/"):
			w.WriteHeader(http.StatusNotFound)
			return
		case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/"):
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write([]byte("a part"))
			_ = http.NewResponseController(w).Flush()
		case r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/uploads/"):
		default:
			proxy.ServeHTTP(w, r)
			return
		}
		s.asked <- r.Method
		<-r.Context().Done()
		s.end <- r.Method
	})
	return s
}

// testRegistryCancel: a pull, a push and a run that wait for a registry end with the
// call; so does a download on the engine. (Engine 20.10 lets go of an upload, and now and
// then of a download, only when the registry answers.)
func testRegistryCancel(t *testing.T, f *fixture) {
	slow := startStalled(t)
	registry := bed.Load(t).Registry(t, "registry").Address
	name, _ := f.fresh(t, f.name(t)+":v1", 10_000)
	for _, place := range []string{registry, slow.address} {
		full := place + "/" + name
		t.Cleanup(func() { f.untag(t, full) })
		if err := f.ImageTag(t.Context(), core.ImageTagRequest{Source: name, Destination: full}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.ImagePush(t.Context(), core.PushRequest{Image: registry + "/" + name}, nil); err != nil {
		t.Fatal(err)
	}
	f.cancelled(t, slow.asked, http.MethodPost, "push", func(ctx context.Context) error {
		_, err := f.ImagePush(ctx, core.PushRequest{Image: slow.address + "/" + name}, nil)
		return err
	})
	for _, image := range []string{registry + "/" + name, slow.address + "/" + name, name} {
		f.untag(t, image)
	}
	f.cancelled(t, slow.asked, http.MethodGet, "pull", func(ctx context.Context) error {
		_, err := f.ImagePull(ctx, core.PullRequest{Image: slow.address + "/" + name}, nil)
		return err
	})
	if f.harness.API != "1.41" {
		awaitMethod(t, slow.end, http.MethodGet, "the end of the engine's download")
	}
	container := f.name(t)
	f.cancelled(t, slow.asked, http.MethodGet, "run", func(ctx context.Context) error {
		_, err := f.Run(ctx, core.RunRequest{Image: slow.address + "/" + name, Options: []string{"--name", container}}, core.Streams{})
		return err
	})
	if f.state(t, container).Exists || f.imageExists(t, slow.address+"/"+name) {
		t.Error("a container or an image is left")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("ended before it began"))
	_, err := f.ImagePull(ctx, core.PullRequest{Image: slow.address + "/" + name}, nil)
	wantKind(t, err, core.KindCancelled)
}

// cancelled ends a call while the engine waits for the registry.
func (f *fixture) cancelled(t *testing.T, asked <-chan string, method, what string, do func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := goes(func() error { return do(ctx) })
	awaitMethod(t, asked, method, "the engine's request to "+what)
	cancel()
	wantKind(t, await(t, done, "the end of the "+what), core.KindCancelled)
}

// awaitMethod passes over what is left of an earlier call.
func awaitMethod(t *testing.T, seen <-chan string, method, what string) {
	t.Helper()
	for await(t, seen, what) != method {
		continue
	}
}
