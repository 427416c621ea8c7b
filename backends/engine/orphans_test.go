package engine

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/liveness"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// endedProgram names a program of this machine that has ended.
func endedProgram() string {
	p := liveness.Self()
	p.PID = 1 << 22 // above what any process gets
	return p.String()
}

// labelsOfKilled are the labels of a container whose program was killed.
func labelsOfKilled(e *Engine, attached, remove bool) map[string]string {
	run := uuid.NewString()
	labels := e.labelsFor(run, attached, remove, nil)
	labels[LabelSession] = uuid.NewString()
	labels[LabelProcess] = endedProgram() + "/" + run
	return labels
}

// place makes a container with labels, and starts it.
func place(t *testing.T, e *Engine, image string, labels map[string]string) (id string) {
	t.Helper()
	config := &container.Config{Image: image, Cmd: []string{"sleep", "600"}, Labels: labels}
	made, err := e.api.ContainerCreate(t.Context(), config, nil, nil, nil, "mlng-test-"+uuid.NewString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeNow(t, e, made.ID) })
	if err := e.api.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// commit makes an image of a container, which takes its labels along.
func commit(t *testing.T, e *Engine, id string) (name string) {
	t.Helper()
	name = "mlng-test-orphans:" + uuid.NewString()
	if _, err := e.api.ContainerCommit(t.Context(), id, container.CommitOptions{Reference: name}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the containers of the image
		_, _ = e.api.ImageRemove(context.Background(), name, image.RemoveOptions{Force: true})
	})
	return name
}

func isOrphan(t *testing.T, e *Engine, id string) bool {
	t.Helper()
	orphans, err := e.ListOrphans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(orphans, func(o core.Orphan) bool { return o.ContainerID == id })
}

func TestOrphansAreProven(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		e.opts.Open.Owner.Host = "mlng-test-orphans"
		e.labels[LabelHost] = e.opts.Open.Owner.Host
		killed := func(change func(labels map[string]string)) map[string]string {
			labels := labelsOfKilled(e, true, false)
			change(labels)
			return labels
		}
		process := func(p string) func(map[string]string) {
			return func(labels map[string]string) { labels[LabelProcess] = p + "/" + labels[LabelRun] }
		}
		for name, c := range map[string]struct {
			labels map[string]string
			want   bool
		}{
			"its program was killed":        {killed(func(map[string]string) {}), true},
			"its program lives":             {killed(process(liveness.Self().String())), false},
			"nothing is known of its place": {killed(process("")), false},
			"this client's own":             {killed(func(l map[string]string) { l[LabelSession] = e.opts.Open.Session }), false},
			"another host name":             {killed(func(l map[string]string) { l[LabelHost] = "gpu8" }), false},
			"run with -d":                   {labelsOfKilled(e, false, false), false},
			"the process of another container": {killed(func(l map[string]string) {
				l[LabelProcess] = endedProgram() + "/" + uuid.NewString()
			}), false},
			"labels of an earlier version": {killed(func(l map[string]string) {
				delete(l, LabelProcess)
				l["ml-nexus-go.place"] = "0123456789abcdef0123456789abcdef/" + liveness.Self().Place.Boot + "/" + liveness.Self().Place.Namespace
			}), false},
		} {
			id := place(t, e, "mlng-busybox", c.labels)
			if got := isOrphan(t, e, id); got != c.want {
				t.Errorf("%s: orphan %v, want %v", name, got, c.want)
			}
		}
	})
}

// TestLabelsOfAnImageAreNotTheContainers: docker commit hands a run's labels to every
// container of the new image.
func TestLabelsOfAnImageAreNotTheContainers(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		killed := place(t, e, "mlng-busybox", labelsOfKilled(e, true, true))
		committed := commit(t, e, killed)
		plain := place(t, e, committed, nil)
		old := labelsOfKilled(e, true, true) // of an earlier version, which sets fewer
		delete(old, LabelProcess)
		delete(old, LabelAttached)
		detached := runFor(t, e, []string{"-d"}, "sleep", "600") // control
		ofImage := "mlng-test-" + uuid.NewString()
		t.Cleanup(func() { removeNow(t, e, ofImage) })
		_, err := e.Run(t.Context(), core.RunRequest{
			Image: committed, Command: core.Command{Argv: []string{"sleep", "600"}}, Options: []string{"-d", "--name", ofImage},
		}, core.Streams{})
		if err != nil {
			t.Fatal(err)
		}
		again := place(t, e, committed, labelsOfKilled(e, true, false))

		orphans := map[string]bool{}
		reaped, err := e.Reap(t.Context(), core.ReapRequest{})
		for _, o := range reaped {
			orphans[o.ContainerID], orphans[o.Name] = true, true
		}
		if err != nil || !orphans[killed] || !orphans[again] {
			t.Errorf("what was left behind is not reaped: %v, %v", orphans, err)
		}
		for what, id := range map[string]string{
			"a plain container": plain, "one of an earlier version": place(t, e, committed, old), "a -d run": detached, "a -d run of the image": ofImage,
		} {
			if orphans[id] || isOrphan(t, e, id) {
				t.Errorf("%s counts as an orphan", what)
			}
			if info, err := e.api.ContainerInspect(t.Context(), id); err != nil || !info.State.Running {
				t.Errorf("%s does not run any more: %v", what, err)
			}
		}
	})
}

func TestAnImageThatIsGoneProvesNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		base := place(t, e, "mlng-busybox", nil)
		name := commit(t, e, base)
		id := place(t, e, name, labelsOfKilled(e, true, true))
		if err := e.api.ContainerKill(t.Context(), id, "KILL"); err != nil {
			t.Fatal(err)
		}
		if !isOrphan(t, e, id) {
			t.Fatal("it is no orphan to begin with")
		}
		info, err := e.api.ContainerInspect(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range []string{name, info.Image} { // engines with containerd's store keep it without its name
			if _, err := e.api.ImageRemove(t.Context(), ref, image.RemoveOptions{Force: true}); err != nil && !cerrdefs.IsNotFound(err) {
				t.Fatal(err)
			}
		}
		if _, err := e.api.ImageInspect(t.Context(), info.Image); err == nil {
			t.Fatal("the image can still be looked at")
		}
		if isOrphan(t, e, id) {
			t.Error("it counts as an orphan")
		}
	})
}

func TestAContainerThatWasStartedAgainIsSomebodys(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		id := place(t, e, "mlng-busybox", labelsOfKilled(e, true, false))
		if !isOrphan(t, e, id) {
			t.Fatal("it is no orphan to begin with")
		}
		none := 0
		if err := e.api.ContainerRestart(t.Context(), id, container.StopOptions{Timeout: &none}); err != nil {
			t.Fatal(err)
		}
		if isOrphan(t, e, id) {
			t.Error("it counts as an orphan")
		}
	})
}

func TestMarkedOrphans(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		mark := "mlng-test.mark"
		marked := func(value string) map[string]string {
			labels := labelsOfKilled(e, false, false)
			labels[mark] = value
			return labels
		}
		left := place(t, e, "mlng-busybox", marked("one"))
		unmarked := place(t, e, "mlng-busybox", labelsOfKilled(e, true, true))
		committed := commit(t, e, left)
		plain := place(t, e, committed, nil)
		carried := place(t, e, committed, labelsOfKilled(e, false, false))
		alive := runFor(t, e, []string{"-d", "--label", mark + "=two"}, "sleep", "600")
		again := place(t, e, committed, marked("three"))
		orphans, err := e.ListMarkedOrphans(t.Context(), core.MarkedOrphansRequest{Label: mark})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, o := range orphans {
			found[o.ContainerID], found[o.Name] = true, true
		}
		if !found[left] || !found[again] {
			t.Errorf("what was left behind is not found: %v", orphans)
		}
		for what, id := range map[string]string{"unmarked": unmarked, "plain": plain, "marked by its image": carried, "of a program that lives": alive} {
			if found[id] {
				t.Errorf("%s: counts as an orphan", what)
			}
		}
		if _, err := e.ListMarkedOrphans(t.Context(), core.MarkedOrphansRequest{}); core.KindOf(err) != core.KindInvalidArgument {
			t.Error(err)
		}
	})
}

func TestRunsSayWhoseTheyAre(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name := runFor(t, e, []string{"-d", "--label", "a=b", "--label", LabelAttached + "=1", "--label", LabelProcess + "=" + endedProgram() + "/x"}, "sleep", "600")
		info, err := e.api.ContainerInspect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		labels := info.Config.Labels
		want := map[string]string{LabelAttached: "0", LabelRemove: "0", LabelProcess: liveness.Self().String() + "/" + labels[LabelRun], "a": "b"}
		for label, value := range want {
			if labels[label] != value {
				t.Errorf("%s is %q, want %q: %v", label, labels[label], value, slices.Sorted(maps.Keys(labels)))
			}
		}
	})
}

func TestStartedAgain(t *testing.T) {
	at := func(state container.State) container.InspectResponse {
		return container.InspectResponse{ContainerJSONBase: &container.ContainerJSONBase{State: &state}}
	}
	for name, c := range map[string]struct {
		info container.InspectResponse
		want bool
	}{
		"its first time":     {at(container.State{Running: true, FinishedAt: "0001-01-01T00:00:00Z"}), false},
		"again":              {at(container.State{Running: true, FinishedAt: time.Now().Format(time.RFC3339Nano)}), true},
		"an unreadable time": {at(container.State{Running: true, FinishedAt: "never"}), true},
		"no state":           {container.InspectResponse{}, true},
		"it does not run":    {at(container.State{FinishedAt: time.Now().Format(time.RFC3339Nano)}), false},
	} {
		if startedAgain(c.info) != c.want {
			t.Errorf("%s: want %v", name, c.want)
		}
	}
}
