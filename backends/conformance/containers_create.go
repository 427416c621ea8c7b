package conformance

import (
	"context"
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func testCreate(t *testing.T, f *fixture) {
	name := f.name(t)
	create := func(ctx context.Context, options ...string) (core.CreateContainerResult, error) {
		return f.Create(ctx, core.CreateContainerRequest{Image: busybox, Options: options, Shell: true, Command: core.Command{Text: "echo $A; exit 3"}}, nil)
	}
	made, err := create(t.Context(), "--name", name, "-e", "A=b c", "--memory=64m")
	if err != nil || made.Warnings == nil {
		t.Fatalf("got %+v, %v", made, err)
	}
	if s := f.state(t, name); s.ID != made.ID || s.Status != "created" {
		t.Errorf("got %+v of %+v", s, made)
	}
	if host := f.inspect(t, name)["HostConfig"].(map[string]any); host["Memory"] != float64(64<<20) {
		t.Errorf("got %v", host["Memory"])
	}
	orphans, err := f.ListOrphans(t.Context())
	if err != nil || slices.ContainsFunc(orphans, func(o core.Orphan) bool { return o.ContainerID == made.ID }) {
		t.Errorf("got %+v, %v", orphans, err)
	}
	if err := f.Start(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if w, err := f.Wait(t.Context(), core.ContainerRequest{Container: name}); err != nil || w.ExitCode != 3 {
		t.Errorf("got %+v, %v", w, err)
	}
	_, err = create(t.Context(), "--name", name)
	wantKind(t, err, core.KindConflict)
	for _, wrong := range []string{"-d", "--sig-proxy=false", "--no-such-flag", "--memory=much"} {
		_, err := create(t.Context(), "--name", f.name(t), wrong)
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err = f.Create(t.Context(), core.CreateContainerRequest{Image: "mlng-no-such-image", Options: []string{"--pull=never"}}, nil)
	wantKind(t, err, core.KindImageNotFound)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	name = f.name(t)
	_, err = create(ctx, "--name", name)
	wantKind(t, err, core.KindCancelled)
	if f.state(t, name).Exists {
		t.Error("a cancelled creation leaves a container")
	}
}
