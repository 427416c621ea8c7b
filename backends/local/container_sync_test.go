package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// fromContainer is a host whose Sync is one from a container.
type fromContainer struct {
	core.DockerClient
	name string
}

// Sync implements core.HostFiles.
func (c fromContainer) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	return c.SyncFromContainer(ctx, core.SyncFromContainerRequest{Container: c.name, SyncRequest: req}, progress)
}

// TestSameTreeAsRsyncFromAContainer makes random trees alike by rsync and from a container that
// has them mounted. Archives have whole seconds.
func TestSameTreeAsRsyncFromAContainer(t *testing.T) {
	t.Parallel()
	all := filepath.Dir(t.TempDir()) // of this test: others mount and unmount in theirs
	client := opened(t, bed.Load(t).Engine(t, "engine-new"))
	name := box(t, client, false, "-v", all+":"+all)
	same := func(way string, from uint64, opts treetest.DescribeOptions) {
		for seed := from; seed < from+12; seed++ {
			c := treetest.NewCase(t, seed)
			if !c.Rsync(t) {
				t.Fatalf("seed %d: take other seeds", seed)
			}
			req := core.SyncRequest{
				Source: c.Source, Destination: c.Ours, Delete: c.Delete, HardLinks: c.HardLinks, Checksum: c.Checksum,
				Filters: c.Filters, Includes: c.Includes, Excludes: c.Excludes,
			}
			report, err := fromContainer{client, name}.Sync(t.Context(), req, nil)
			if report.Way != way {
				t.Fatalf("seed %d went by %s, not by %s: %v", seed, report.Way, way, err)
			}
			if diff := c.Compare(t, opts); diff != "" {
				t.Fatalf("seed %d: %+v\n%+v %v\n%s", seed, req, report, err, diff)
			}
			if err := os.RemoveAll(c.Dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	same("archive", 0, treetest.DescribeOptions{WholeSeconds: true})
	if err := client.Start(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	same("container", 20, treetest.DescribeOptions{})
}

func opened(t *testing.T, on bed.Engine) core.DockerClient {
	t.Helper()
	client := opener(core.OpenRequest{Target: on.Host})(t)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// box is a container that is removed with the test.
func box(t *testing.T, client core.DockerClient, runs bool, options ...string) string {
	t.Helper()
	name := "mlng-sync-" + uuid.NewString()
	t.Cleanup(func() {
		if err := client.Remove(context.Background(), core.RemoveRequest{Container: name, Force: true, Volumes: true}); err != nil {
			t.Error(err)
		}
	})
	req := core.CreateContainerRequest{
		Image: "mlng-busybox", Options: append(options, "--name", name), Command: core.Command{Argv: []string{"sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"}},
	}
	_, err := client.Create(t.Context(), req, nil)
	if err == nil && runs {
		err = client.Start(t.Context(), core.ContainerRequest{Container: name})
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func inBox(t *testing.T, client core.DockerClient, name, script string) {
	t.Helper()
	req := core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"sh", "-c", script}}}
	if r, err := client.Exec(t.Context(), req, core.Streams{}); err != nil || r.ExitCode != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// TestSyncFromAContainer is about what a container has beyond the rules of syncs, which the
// conformance suite covers.
func TestSyncFromAContainer(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			client := opened(t, on)
			syncOwnFiles(t, client)
			syncErrors(t, client)
		})
	}
}

// syncOwnFiles syncs from the container's own files, a volume and a tmpfs, and follows the
// container to its end.
func syncOwnFiles(t *testing.T, client core.DockerClient) {
	name, here := box(t, client, true, "--tmpfs", "/made/scratch", "-v", "/made/volume"), filepath.Join(t.TempDir(), "here")
	const make = `cd /made && echo one >a && ln -s a link && ln a again && mkdir empty && echo two >volume/b && echo three >scratch/c && ln -s /made /way`
	inBox(t, client, name, make)
	req := core.SyncFromContainerRequest{Container: name, SyncRequest: core.SyncRequest{Source: "/way", Destination: here, HardLinks: true, Delete: true}}
	for _, sent := range []int64{3, 0} {
		r, err := client.SyncFromContainer(t.Context(), req, nil)
		if err != nil || r.FilesSent != sent || r.Way != "container" || len(r.Issues) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		wantNames(t, here, "a", "again", "empty", "link", "scratch", "volume")
	}
	inBox(t, client, name, "cd /made && echo other >a && rm link")
	if err := client.Stop(t.Context(), core.StopRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	for _, sent := range []int64{1, 0} { // the tmpfs is gone
		r, err := client.SyncFromContainer(t.Context(), req, nil)
		if err != nil || r.FilesSent != sent || r.Way != "archive" || r.Deleted != 2*sent || len(r.Issues) > 0 {
			t.Fatalf("stopped: %+v, %v", r, err)
		}
	}
	wantNames(t, here, "a", "again", "empty", "scratch", "volume")
	for file, want := range map[string]string{"a": "other\n", "again": "other\n", "volume/b": "two\n"} {
		if text, err := os.ReadFile(filepath.Join(here, file)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	first, err1 := os.Stat(filepath.Join(here, "a"))
	second, err2 := os.Stat(filepath.Join(here, "again"))
	if err1 != nil || err2 != nil || !os.SameFile(first, second) {
		t.Errorf("%v, %v: the two names are not one file", err1, err2)
	}
	// Without hard links, each name gets its content; checksums compare that of the same size.
	plain := req
	plain.Destination, plain.HardLinks = here+"-plain", false
	if r, err := client.SyncFromContainer(t.Context(), plain, nil); err != nil || r.FilesSent != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := os.WriteFile(filepath.Join(here+"-plain", "again"), []byte("wrong\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(here+"-plain", "again"), first.ModTime(), first.ModTime()); err != nil {
		t.Fatal(err)
	}
	plain.Checksum = true
	if r, err := client.SyncFromContainer(t.Context(), plain, nil); err != nil || r.FilesSent != 1 || r.Unchanged != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if text, err := os.ReadFile(filepath.Join(here+"-plain", "again")); err != nil || string(text) != "other\n" {
		t.Errorf("%q, %v", text, err)
	}
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	same := err == nil && len(entries) == len(want)
	for i := range entries {
		same = same && entries[i].Name() == want[i]
	}
	if !same {
		t.Errorf("%v, %v; want %q", entries, err, want)
	}
}

func syncErrors(t *testing.T, client core.DockerClient) {
	runs, rests, dir := box(t, client, true), box(t, client, false, "--tmpfs", "/scratch"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		container, source, destination string
		want                           core.Kind
	}{
		{runs, "/none", "here", core.KindPathNotFound},
		{rests, "/none", "here", core.KindPathNotFound},
		{rests, "/etc/none/at/all", "here", core.KindPathNotFound},
		{rests, "/scratch/x", "here", core.KindContainerNotRunning},
		{runs, "relative", "here", core.KindInvalidArgument},
		{runs, "", "here", core.KindInvalidArgument},
		{runs, "/etc", "file", core.KindConflict},
		{rests, "/etc", "file", core.KindConflict},
		{"mlng-nothing", "/etc", "here", core.KindContainerNotFound},
	} {
		_, err := client.SyncFromContainer(t.Context(), core.SyncFromContainerRequest{
			Container: one.container, SyncRequest: core.SyncRequest{Source: one.source, Destination: filepath.Join(dir, one.destination)},
		}, nil)
		if core.KindOf(err) != one.want {
			t.Errorf("%+v: %v", one, err)
		}
	}
	_, err := client.SyncFromContainer(t.Context(), core.SyncFromContainerRequest{
		Container: runs, SyncRequest: core.SyncRequest{Source: "/etc", Destination: "/usr/lib", Delete: true},
	}, nil)
	if core.KindOf(err) != core.KindInvalidArgument {
		t.Errorf("a folder of the system: %v", err)
	}
	wantNames(t, dir, "file")
}
