package engine

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// answeredBy is a client of an engine whose answers are made here, which has the agent's
// image already.
func answeredBy(t *testing.T, answer http.HandlerFunc) *Engine {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	e, err := New(Options{Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}, Open: core.OpenRequest{Environ: core.Environ{"DOCKER_API_VERSION": "1.44"}}})
	if err != nil {
		t.Fatal(err)
	}
	e.host.ref, e.host.image = hostImageName+":test", "sha256:test"
	return e
}

// TestHostFolderWaitsForNoOther: while the engine takes its time to make the container of
// one folder, another folder is opened, and the connections of the session can be cut.
func TestHostFolderWaitsForNoOther(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	e := answeredBy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "/slow") {
			close(asked)
			<-release
		}
		http.Error(w, `{"message": "bind source path does not exist"}`, http.StatusBadRequest)
	})
	s := e.openHostSession(t.Context())
	var slow sync.WaitGroup
	slow.Go(func() { _, _ = s.Tree(t.Context(), "/slow") })
	<-asked
	others := make(chan struct{})
	go func() {
		defer close(others)
		if _, err := s.Tree(t.Context(), "/other"); !fileerr.IsAbsent(err) {
			t.Errorf("%v", err)
		}
		s.cut()
	}()
	select {
	case <-others:
	case <-time.After(20 * time.Second):
		t.Error("it waits for the other folder")
	}
	close(release)
	slow.Wait()
	<-others
	if err := s.close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestHostFolderIsOpenedOnce: callers who want the same folder at once share one agent.
func TestHostFolderIsOpenedOnce(t *testing.T) {
	var made atomic.Int64
	opened := make(chan struct{})
	e := answeredBy(t, func(w http.ResponseWriter, r *http.Request) {
		switch path.Base(r.URL.Path) {
		case "create":
			made.Add(1)
			_, _ = io.WriteString(w, `{"Id": "x"}`)
		case "attach":
			<-opened
			http.Error(w, `{"message": "it is gone"}`, http.StatusNotFound)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	s := e.openHostSession(t.Context())
	trees := make([]hostfiles.Tree, 8)
	var callers sync.WaitGroup
	for i := range trees {
		callers.Go(func() { trees[i], _ = s.Tree(t.Context(), "/folder") })
	}
	callers.Wait()
	close(opened)
	if n := made.Load(); n != 1 || trees[0] == nil || len(slices.Compact(trees)) != 1 {
		t.Errorf("%d containers, %v", n, trees)
	}
	if err := s.close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestHostSessionOfAnEndedContext: a context that has ended already starts the time after
// which connections are cut while the session is still being opened. To be run with -race.
func TestHostSessionOfAnEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		e, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := e.openHostSession(ctx)
		synctest.Wait()
		here, there := net.Pipe()
		tree := &hostTree{session: s, started: make(chan struct{}), agent: &runningAgent{stream: types.HijackedResponse{Conn: here}}}
		close(tree.started)
		s.setTree(s.folder("/"), tree)
		time.Sleep(session.CleanupTime + time.Second) // by the bubble's clock
		if _, err := there.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection is not cut: %v", err)
		}
		s.setTree(s.folder("/"), nil) // no engine has a container of it
		if err := s.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestHostSessionExpectsAtOnce: all methods of a file system may be called at once. To be
// run with -race.
func TestHostSessionExpectsAtOnce(t *testing.T) {
	e := answeredBy(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"message": "bind source path does not exist"}`, http.StatusBadRequest)
	})
	s := e.openHostSession(t.Context())
	var callers sync.WaitGroup
	for _, folder := range []string{"/a", "/b"} {
		callers.Go(func() { s.Expect(t.Context(), folder) })
	}
	callers.Wait()
	if err := s.close(t.Context()); err != nil {
		t.Error(err)
	}
}
