package singlefiles

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func testVolumeFiles(t *testing.T, f *Fixture) {
	volume := f.Volume(t, core.VolumeCreateRequest{Labels: map[string]string{"mlng-test": "files"}})
	opened, err := f.VolumeOpen(t.Context(), core.VolumeOpenRequest{Volume: volume})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"new", "again"} {
		if err := f.write(t, opened.Container, opened.Path+"/a", text, withMode(0o640, "5:6")); err != nil {
			t.Fatal(err)
		}
		f.wantWritten(t, opened.Container, opened.Path+"/a", text, 0o640, 5, 6)
	}
	f.wantNames(t, opened.Container, opened.Path, "a")
	wantKind(t, f.VolumeRemove(t.Context(), core.VolumeRemoveRequest{Volume: volume}), core.KindConflict)
	if err := f.VolumeClose(t.Context(), core.VolumeCloseRequest{Container: opened.Container}); err != nil {
		t.Fatal(err)
	}
	wantKind(t, f.VolumeClose(t.Context(), core.VolumeCloseRequest{Container: opened.Container}), core.KindInvalidArgument)
	state, err := f.State(t.Context(), core.ContainerRequest{Container: opened.Container})
	if err != nil || state.Exists {
		t.Errorf("%+v, %v", state, err)
	}
	_, err = f.VolumeOpen(t.Context(), core.VolumeOpenRequest{Volume: volume + "-none"})
	wantKind(t, err, core.KindNotFound)
	_, err = f.VolumeOpen(t.Context(), core.VolumeOpenRequest{Volume: "a/b"})
	wantKind(t, err, core.KindInvalidArgument)
}
