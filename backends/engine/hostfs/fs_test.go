package hostfs

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// helpers are those of an engine whose answers are made here; the containers are made by made.
type helpers struct {
	*agent.Helpers
	made func(folder string) (id string, err error)
}

func (h helpers) FolderContainer(_ context.Context, folder string) (id string, err error) {
	return h.made(folder)
}

func (helpers) Remove(context.Context, string) error { return nil }

// opened is the file system of a host where made makes the containers, and whose engine
// answers other requests so.
func opened(t *testing.T, made func(folder string) (string, error), answer http.HandlerFunc) *FS {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	s, err := session.New(session.Options{APIVersion: "1.44", ConnectTimeout: 2 * time.Minute, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(func() {}) })
	return Open(t.Context(), s, helpers{agent.New(s, nothing{}), made})
}

// nothing does nothing to containers.
type nothing struct{}

func (nothing) Labels() map[string]string                                       { return nil }
func (nothing) Start(context.Context, string) error                             { return nil }
func (nothing) Remove(context.Context, string) error                            { return nil }
func (nothing) RemoveLabelled(context.Context, map[string]string) (bool, error) { return false, nil }

func noAnswer(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, `{"message": "it is gone"}`, http.StatusNotFound)
}

// TestHostFolderWaitsForNoOther: while the engine takes its time to make the container of
// one folder, another folder is opened, and the connections of the session can be cut.
func TestHostFolderWaitsForNoOther(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	s := opened(t, func(folder string) (string, error) {
		if folder == "/slow" {
			close(asked)
			<-release
		}
		return "", syscall.ENOENT
	}, noAnswer)
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
	case <-time.After(2 * time.Minute):
		t.Error("it waits for the other folder")
	}
	close(release)
	slow.Wait()
	<-others
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestHostFolderIsOpenedOnce: callers who want the same folder at once share one agent.
func TestHostFolderIsOpenedOnce(t *testing.T) {
	var made atomic.Int64
	attached := make(chan struct{})
	s := opened(t, func(string) (string, error) {
		made.Add(1)
		return "x", nil
	}, func(w http.ResponseWriter, r *http.Request) {
		<-attached
		noAnswer(w, r)
	})
	trees := make([]hostfiles.Tree, 8)
	var callers sync.WaitGroup
	for i := range trees {
		callers.Go(func() { trees[i], _ = s.Tree(t.Context(), "/folder") })
	}
	callers.Wait()
	close(attached)
	if n := made.Load(); n != 1 || trees[0] == nil || len(slices.Compact(trees)) != 1 {
		t.Errorf("%d containers, %v", n, trees)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestOpenForAnEndedContext: a context that has ended already starts the time after
// which connections are cut while Open is still at work. To be run with -race.
func TestOpenForAnEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		client, err := session.New(session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := Open(ctx, client, agent.New(client, nothing{}))
		synctest.Wait()
		here, there := net.Pipe()
		open := &tree{fs: s, started: make(chan struct{}), agent: &agent.Running{Stream: here}}
		close(open.started)
		s.setTree(s.folder("/"), open)
		time.Sleep(session.CleanupTime + time.Second) // by the bubble's clock
		if _, err := there.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection is not cut: %v", err)
		}
		s.setTree(s.folder("/"), nil) // no engine has a container of it
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestExpectAtOnce: all methods of a file system may be called at once. To be
// run with -race.
func TestExpectAtOnce(t *testing.T) {
	s := opened(t, func(string) (string, error) { return "", syscall.ENOENT }, noAnswer)
	var callers sync.WaitGroup
	for _, folder := range []string{"/a", "/b"} {
		callers.Go(func() { s.Expect(t.Context(), folder) })
	}
	callers.Wait()
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
