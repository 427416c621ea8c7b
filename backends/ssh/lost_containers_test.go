package ssh

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// containerCalls are calls about containers, by their request, for TestCallsLoseOneAnswer.
func containerCalls(t *testing.T) map[string]func(ctx context.Context, e *engine.Engine, name string) error {
	return map[string]func(ctx context.Context, e *engine.Engine, name string) error{
		"POST .*/pause": func(ctx context.Context, e *engine.Engine, name string) error {
			return pausedNow(ctx, e, name, "paused", e.Pause)
		},
		"POST .*/unpause": func(ctx context.Context, e *engine.Engine, name string) error {
			if err := e.Pause(ctx, core.ContainerRequest{Container: name}); err != nil {
				return err
			}
			return pausedNow(ctx, e, name, "running", e.Unpause)
		},
		"GET .*/top": func(ctx context.Context, e *engine.Engine, name string) error {
			top, err := e.ContainerTop(ctx, core.ContainerTopRequest{Container: name})
			if err == nil && len(top.Processes) == 0 {
				err = fmt.Errorf("got %+v", top)
			}
			return err
		},
		"POST .*/update": func(ctx context.Context, e *engine.Engine, name string) error {
			_, err := e.ContainerUpdate(ctx, core.ContainerUpdateRequest{Container: name, Options: []string{"--pids-limit=99"}})
			return err
		},
		"GET .*/export": func(ctx context.Context, e *engine.Engine, name string) error {
			_, err := e.ContainerExport(ctx, core.ContainerExportRequest{Container: name, Path: filepath.Join(t.TempDir(), "box.tar")}, core.Streams{})
			return err
		},
		"GET .*/containers/json.*name": func(ctx context.Context, e *engine.Engine, name string) error {
			raw, err := e.Containers(ctx, core.ContainerListRequest{Filters: map[string][]string{"name": {name}}})
			if err == nil && !strings.Contains(string(raw), name) {
				err = fmt.Errorf("got %s", raw)
			}
			return err
		},
		"GET .*/images/json": func(ctx context.Context, e *engine.Engine, _ string) error {
			_, err := e.Images(ctx, core.ImageListRequest{})
			return err
		},
		"GET .*/images/mlng-busybox/json": func(ctx context.Context, e *engine.Engine, _ string) error {
			_, err := e.ImageInspect(ctx, core.ImageInspectRequest{Image: "mlng-busybox"})
			return err
		},
		"GET .*/containers/.*/json": func(ctx context.Context, e *engine.Engine, name string) error {
			_, err := e.ContainerPorts(ctx, core.ContainerRequest{Container: name})
			return err
		},
		"GET .*/containers/json.*exited": func(ctx context.Context, e *engine.Engine, name string) error {
			_, err := e.ContainersPrune(ctx, core.PruneContainersRequest{DryRun: true})
			return err
		},
		"GET .*/changes": func(ctx context.Context, e *engine.Engine, name string) error {
			_, err := e.ContainerDiff(ctx, core.ContainerRequest{Container: name})
			return err
		},
	}
}

// pausedNow pauses or unpauses, and checks what became of the container.
func pausedNow(ctx context.Context, e *engine.Engine, name, status string, do func(context.Context, core.ContainerRequest) error) error {
	if err := do(ctx, core.ContainerRequest{Container: name}); err != nil {
		return err
	}
	s, err := e.State(ctx, core.ContainerRequest{Container: name})
	if err == nil && s.Status != status {
		err = fmt.Errorf("it is %q", s.Status)
	}
	return err
}

// TestCreateLosesOneAnswer has no name that would keep a second container away.
func TestCreateLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"/containers/create"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		label := "mlng-test=" + uuid.NewString()
		made, err := client.Create(timeout(t), core.CreateContainerRequest{Image: "mlng-busybox", Options: []string{"--label", label}}, nil)
		lost.await(t, err)
		found := labelled(t, e, label)
		for _, id := range found {
			removeContainer(t, e, id)
		}
		if err != nil || len(found) != 1 || found[0] != made.ID {
			t.Errorf("there are containers %v, and the result is %+v, %v", found, made, err)
		}
	})
}

// TestCommitLosesOneAnswer loses the answer about an image, or the request for it: there is one
// image at most, and the error says that it may be there. (A request of which no byte has left
// is sent on another connection.)
func TestCommitLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"POST .*/commit"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		label := "mlng-test=" + uuid.NewString()
		_, err := client.ContainerCommit(timeout(t), core.ContainerCommitRequest{Container: box(t, e), Changes: []string{"LABEL " + label}})
		lost.await(t, err)
		sent := err == nil && !answered
		if !sent && (core.KindOf(err) != core.KindConnectionLost || !strings.Contains(err.Error(), "not asked a second time")) {
			t.Errorf("got %v", err)
		}
		images, err := e.API().ImageList(t.Context(), image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label))})
		for _, one := range images {
			if _, err := e.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: one.ID}); err != nil {
				t.Error(err)
			}
		}
		if err != nil || len(images) > 1 || len(images) == 0 && (answered || sent) {
			t.Errorf("there are %d images, %v", len(images), err)
		}
	})
}

// TestPruneLosesOneAnswer loses the answer of a prune, or the request: it is not sent twice.
func TestPruneLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"POST .*/containers/prune"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		label := "mlng-test=" + uuid.NewString()
		_, err := e.Run(timeout(t), core.RunRequest{Image: "mlng-busybox", Command: core.Command{Text: "true"}, Options: []string{"--label", label}}, core.Streams{})
		if err != nil {
			t.Fatal(err)
		}
		result, err := client.ContainersPrune(timeout(t), core.PruneContainersRequest{Filters: map[string][]string{"label": {label}}})
		lost.await(t, err)
		sent := err == nil && !answered && len(result.Deleted) == 1
		if !sent && (core.KindOf(err) != core.KindConnectionLost || !strings.Contains(err.Error(), "not asked a second time")) {
			t.Errorf("got %+v, %v", result, err)
		}
		left := labelled(t, e, label)
		if len(left) > 0 && (answered || sent) {
			t.Errorf("%v are left", left)
		}
		for _, id := range left {
			removeContainer(t, e, id)
		}
	})
}

// TestCommittedImageIsNamedThroughALoss loses the connection around the request for the name.
func TestCommittedImageIsNamedThroughALoss(t *testing.T) {
	bothSides(t, []string{"POST .*/images/.*/tag"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name := "mlng-commit:" + uuid.NewString()
		made, err := client.ContainerCommit(timeout(t), core.ContainerCommitRequest{Container: box(t, e), Image: name})
		lost.await(t, err)
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.API().ImageInspect(t.Context(), name)
		if err != nil || info.ID != made.ID {
			t.Errorf("%s is %s, not %s, %v", name, info.ID, made.ID, err)
		}
		if _, err := e.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: name}); err != nil {
			t.Error(err)
		}
	})
}
