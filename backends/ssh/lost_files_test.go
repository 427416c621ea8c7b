package ssh

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestFileCallsLoseOneAnswer cuts calls about single files of a container.
func TestFileCallsLoseOneAnswer(t *testing.T) {
	busybox := func(name string) core.FileRequest { return core.FileRequest{Container: name, Path: "/bin/busybox"} }
	tests := map[string]func(ctx context.Context, e *engine.Engine, name string) error{
		"GET .*/archive[?]path=%2Fbin%2Fbusybox": func(ctx context.Context, e *engine.Engine, name string) error {
			var out bytes.Buffer
			result, err := e.ReadFile(ctx, core.ReadFileRequest{FileRequest: busybox(name)}, core.Streams{Stdout: &out})
			if err == nil && (result.Size != int64(out.Len()) || out.Len() < 1<<20) {
				err = fmt.Errorf("got %d of %d bytes", out.Len(), result.Size)
			}
			return err
		},
		"HEAD .*/archive": func(ctx context.Context, e *engine.Engine, name string) error {
			found, err := e.FileExists(ctx, busybox(name))
			if err == nil && !found {
				err = fmt.Errorf("it is not found")
			}
			return err
		},
		"GET .*/containers/.*/json": func(ctx context.Context, e *engine.Engine, name string) error {
			entry, err := e.StatFile(ctx, core.StatFileRequest{FileRequest: busybox(name)})
			if err == nil && entry.Size < 1<<20 {
				err = fmt.Errorf("got %+v", entry)
			}
			return err
		},
		"GET .*/archive[?]path=%2Fbin%2F[.]": func(ctx context.Context, e *engine.Engine, name string) error {
			entries, err := e.ListFiles(ctx, core.FileRequest{Container: name, Path: "/bin"})
			if err == nil && len(entries) < 50 {
				err = fmt.Errorf("got %d names", len(entries))
			}
			return err
		},
	}
	var requests []string
	for request := range tests {
		requests = append(requests, request)
	}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name := box(t, e)
		err := tests[request](timeout(t), client, name)
		lost.await(t, err)
		if err != nil {
			t.Error(err)
		}
	})
}

// keepAgent keeps the agent's image on the engine while clients come and go, which remove it.
func keepAgent(t *testing.T) {
	t.Helper()
	e := direct(t, bed.Load(t).Engine(t, "engine-new"))
	value := uuid.NewString()
	removeVolumes(t, e, "mlng-test="+value)
	raw, err := e.VolumeCreate(t.Context(), core.VolumeCreateRequest{Name: "mlng-" + value, Labels: map[string]string{"mlng-test": value}})
	if err != nil {
		t.Fatalf("%s, %v", raw, err)
	}
	opened, err := e.VolumeOpen(t.Context(), core.VolumeOpenRequest{Volume: "mlng-" + value})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.VolumeClose(context.Background(), core.VolumeCloseRequest{Container: opened.Container}); err != nil {
			t.Error(err)
		}
	})
}

// TestWriteLosesOneAnswer cuts a write at each of its requests, to a container that runs and to
// one that does not: it is whole in the end, and nothing else is there.
func TestWriteLosesOneAnswer(t *testing.T) {
	keepAgent(t)
	content := bytes.Repeat([]byte("0123456789abcde\n"), 1<<14)
	tests := map[string]bool{ // whether the container runs
		"GET .*/containers/.*/json": true, "POST .*/containers/create": true, "POST .*/attach": true, "POST .*/start": true, "DELETE ": true,
		"HEAD .*/archive": false, "GET .*/archive": false, "PUT .*/archive": false,
	}
	var requests []string
	for request := range tests {
		requests = append(requests, request)
	}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name := box(t, e)
		inside(t, e, name, "mkdir /d; echo old >/d/file")
		if !tests[request] {
			zero := 0
			if err := e.Stop(t.Context(), core.StopRequest{Container: name, Timeout: &zero}); err != nil {
				t.Fatal(err)
			}
		}
		at := core.FileRequest{Container: name, Path: "/d/file"}
		result, err := client.WriteFile(timeout(t), core.WriteFileRequest{FileRequest: at}, core.Streams{Stdin: bytes.NewReader(content)})
		if err != nil || result.Size != int64(len(content)) {
			t.Fatalf("%+v, %v", result, err)
		}
		lost.await(t, err)
		var out bytes.Buffer
		if _, err := e.ReadFile(timeout(t), core.ReadFileRequest{FileRequest: at}, core.Streams{Stdout: &out}); err != nil || !bytes.Equal(out.Bytes(), content) {
			t.Errorf("%d bytes, %v", out.Len(), err)
		}
		entries, err := e.ListFiles(timeout(t), core.FileRequest{Container: name, Path: "/d"})
		if err != nil || len(entries) != 1 {
			t.Errorf("%+v, %v", entries, err)
		}
	})
}

// TestVolumeIsOpenedOnce cuts the opening and the closing of a volume: no container is left.
func TestVolumeIsOpenedOnce(t *testing.T) {
	keepAgent(t)
	bothSides(t, []string{"GET .*/volumes/.", "POST .*/containers/create", "DELETE "}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, label := "mlng-"+uuid.NewString(), "mlng-test="+uuid.NewString()
		removeVolumes(t, e, label)
		key, value, _ := strings.Cut(label, "=")
		if _, err := e.VolumeCreate(t.Context(), core.VolumeCreateRequest{Name: name, Labels: map[string]string{key: value}}); err != nil {
			t.Fatal(err)
		}
		opened, err := client.VolumeOpen(timeout(t), core.VolumeOpenRequest{Volume: name})
		if err != nil {
			t.Fatal(err)
		}
		// What a creation without an answer has made is removed in the background.
		awaitContainers := func(want ...string) {
			t.Helper()
			for ctx := timeout(t); ; time.Sleep(100 * time.Millisecond) {
				found, err := e.API().ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("volume", name))})
				have := make([]string, 0, len(found))
				for _, one := range found {
					have = append(have, one.ID)
				}
				if err != nil {
					t.Fatalf("the containers %v have the volume, not %v: %v", have, want, err)
				}
				if slices.Equal(have, want) {
					return
				}
			}
		}
		awaitContainers(opened.Container)
		if err := client.VolumeClose(timeout(t), core.VolumeCloseRequest{Container: opened.Container}); err != nil {
			t.Error(err)
		}
		lost.await(t, err)
		awaitContainers()
	})
}
