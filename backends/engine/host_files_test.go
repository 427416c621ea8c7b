package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/hostfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// hostOnEngines runs a test of files on the host for both engines. Nothing of a session
// may stay.
func hostOnEngines(t *testing.T, test func(t *testing.T, s *hostfs.FS, files core.HostFiles)) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		if err := e.session.Negotiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := hostfs.Open(t.Context(), e.session, e.agents)
		test(t, s, hostfiles.New(s, localfs.FS{}))
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		nothingStays(t, e)
	})
}

func nothingStays(t *testing.T, e *Engine) {
	t.Helper()
	left, err := e.api.ContainerList(t.Context(), container.ListOptions{All: true, Filters: labelFilter(LabelSession, e.opts.Open.Session)})
	if err != nil || len(left) > 0 {
		t.Errorf("containers stay: %v, %v", left, err)
	}
}

func TestHostSyncThroughEngine(t *testing.T) {
	t.Parallel()
	hostOnEngines(t, func(t *testing.T, s *hostfs.FS, files core.HostFiles) {
		source, base := t.TempDir(), t.TempDir()
		plant(t, source, "a/", "a/f=1 0640", "a/g=>a/f", "a/l->f", "empty/ 0700", "new\nline=x 0604", "big="+strings.Repeat("0123456789", 100_000), "p|")
		destination := filepath.Join(base, "x", "y z")
		for round := range 2 {
			began := time.Now()
			report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, HardLinks: true, Delete: true}, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s %+v", time.Since(began), report)
			if report.Way != "engine" || round == 1 && (report.FilesSent != 0 || report.Unchanged != 4) {
				t.Errorf("%+v", report)
			}
		}
		if err := os.Remove(filepath.Join(source, "p")); err != nil {
			t.Fatal(err)
		}
		sameTrees(t, portray(t, source), portray(t, destination))
		began := time.Now()
		deleted, err := files.Delete(t.Context(), core.HostDeleteRequest{Path: destination})
		t.Logf("%s %+v", time.Since(began), deleted)
		if err != nil || deleted.Deleted != 8 {
			t.Errorf("%+v, %v", deleted, err)
		}
		if _, err := os.Lstat(destination); err == nil {
			t.Error("it is still there")
		}
	})
}

func TestHostSourceVanishesThroughEngine(t *testing.T) {
	t.Parallel()
	hostOnEngines(t, func(t *testing.T, s *hostfs.FS, _ core.HostFiles) {
		treetest.CheckVanished(t, hostfiles.New(s, treetest.Vanishing{FileSystem: localfs.FS{}}), 0)
	})
}

func TestHostMkdirThroughEngine(t *testing.T) {
	t.Parallel()
	hostOnEngines(t, func(t *testing.T, s *hostfs.FS, files core.HostFiles) {
		base := t.TempDir()
		plant(t, base, "f=1", "d/", "link->d", "nowhere->nothing")
		for path, want := range map[string]core.Kind{
			"a/b c/d": "", "d": "", "link/x": "", "link": "", "f": core.KindConflict, "f/x": core.KindConflict,
			"nowhere/x": core.KindConflict, strings.Repeat("x", 300): core.KindInvalidArgument,
		} {
			err := files.Mkdir(t.Context(), core.HostMkdirRequest{Path: filepath.Join(base, path)})
			if core.KindOf(err) != want {
				t.Errorf("%s: %v", path, err)
			}
			if info, stat := os.Stat(filepath.Join(base, path)); err == nil && (stat != nil || !info.IsDir()) {
				t.Errorf("%s: %v, %v", path, info, stat)
			}
		}
	})
}

func TestHostResolve(t *testing.T) {
	t.Parallel()
	hostOnEngines(t, func(t *testing.T, s *hostfs.FS, _ core.HostFiles) {
		base, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		other := t.TempDir()
		plant(t, base, "a/", "a/b/", "a/b/f=1", "up->a/b/../..", "abs->{}/a", "a/rel->../a/b", "out->"+other, "loop->loop", "chain->abs", "top->/", "a/b/far->../../../../../../../../../../tmp")
		for _, path := range []string{
			"a/b/f", "up/a", "abs/b/f", "a/rel/f", "out", "out/new/x", "chain/rel/f", "nothing/x", "top/tmp", "top", "a/b/far", "a/b/far/nothing", "a/b/f/x",
		} {
			full := filepath.Join(base, path)
			want, wantErr := localfs.FS{}.Resolve(t.Context(), full)
			got, err := s.Resolve(t.Context(), full)
			if got != want && wantErr == nil {
				t.Errorf("%s: got %q, %v; want %q", path, got, err, want)
			}
		}
		if got, err := s.Resolve(t.Context(), filepath.Join(base, "loop/x")); err == nil {
			t.Errorf("a loop leads to %q", got)
		}
	})
}

func TestHostImageGoesWithTheClient(t *testing.T) {
	onOwnEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		client := openEngine(t, on)
		s := hostfs.Open(t.Context(), client.session, client.agents)
		if _, err := s.Stat(t.Context(), "/tmp"); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		images, err := e.api.ImageList(t.Context(), image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", agent.ImageName))})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range images {
			if i.Containers == 0 {
				t.Errorf("%v stays", i.RepoTags)
			}
		}
	})
}

func TestKilledClientLeavesNoHelper(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		line := &cutter{socket: on.Socket}
		client, err := New(Options{Target: on.Host, Dial: line.dial, Open: core.OpenRequest{
			Environ: core.Environ{}, Session: uuid.NewString(), ReconnectTimeoutSeconds: 1,
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		s := hostfs.Open(t.Context(), client.session, client.agents)
		dir := t.TempDir()
		tree, err := s.Tree(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		w, err := tree.Create(t.Context(), ".mlng-part-0123456789abcdef")
		if err == nil {
			_, err = w.WriteAt(make([]byte, 1<<20), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		helpers, err := e.api.ContainerList(t.Context(), container.ListOptions{Filters: labelFilter(LabelSession, client.opts.Open.Session)})
		if err != nil || len(helpers) != 1 {
			t.Fatalf("%v, %v", helpers, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), longest)
		defer cancel()
		removed, failed := e.api.ContainerWait(ctx, helpers[0].ID, container.WaitConditionRemoved)
		line.cut() // as the end of the process does
		select {
		case <-removed:
		case err := <-failed:
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v, %v", left, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
