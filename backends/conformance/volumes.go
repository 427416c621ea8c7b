package conformance

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

var volumeTests = []test{
	{"volumes: create, list, remove", testVolumes},
	{"volumes: in use", testVolumeInUse},
	{"volumes: prune", testVolumesPrune},
	{"volumes: bad names and filters", testVolumeBadInput},
}

// named is what the tests need of an engine's document.
type named struct {
	Name   string
	ID     string `json:"Id"`
	Labels map[string]string
}

func parsed(t *testing.T, raw json.RawMessage, err error) (document named) {
	t.Helper()
	if err == nil {
		err = json.Unmarshal(raw, &document)
	}
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// volume creates a volume, which is removed with the test.
func (f *fixture) volume(t *testing.T, req core.VolumeCreateRequest) string {
	t.Helper()
	raw, err := f.VolumeCreate(t.Context(), req)
	name := parsed(t, raw, err).Name
	t.Cleanup(func() {
		if err := f.VolumeRemove(context.Background(), core.VolumeRemoveRequest{Volume: name, Force: true}); err != nil {
			t.Errorf("%s stays behind: %v", name, err)
		}
	})
	return name
}

func (f *fixture) volumesWith(t *testing.T, filters map[string][]string) (names []string) {
	t.Helper()
	list, err := f.VolumeList(t.Context(), core.VolumeListRequest{Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range list {
		names = append(names, parsed(t, raw, nil).Name)
	}
	return names
}

func testVolumes(t *testing.T, f *fixture) {
	ctx, name, labels := t.Context(), f.name(t), map[string]string{"a": "b"}
	made := f.volume(t, core.VolumeCreateRequest{Name: name, Labels: labels})
	again := f.volume(t, core.VolumeCreateRequest{Name: name, Labels: labels})
	if made != name || again != name {
		t.Errorf("got %q and %q", made, again)
	}
	if same := f.volume(t, core.VolumeCreateRequest{Name: name}); same != name {
		t.Errorf("got %q", same)
	}
	_, err := f.VolumeCreate(ctx, core.VolumeCreateRequest{Name: name, Labels: map[string]string{"a": "c"}})
	wantKind(t, err, core.KindConflict)
	raw, err := f.VolumeInspect(ctx, core.VolumeRequest{Volume: name})
	if document := parsed(t, raw, err); document.Labels["a"] != "b" {
		t.Errorf("got %s", raw)
	}
	if names := f.volumesWith(t, map[string][]string{"name": {name}, "label": {"a=b"}}); !slices.Equal(names, []string{name}) {
		t.Errorf("got %v", names)
	}
	if names := f.volumesWith(t, map[string][]string{"name": {name}, "label": {"a=c"}}); len(names) > 0 {
		t.Errorf("got %v", names)
	}
	if err := f.VolumeRemove(ctx, core.VolumeRemoveRequest{Volume: name}); err != nil {
		t.Error(err)
	}
	wantKind(t, f.VolumeRemove(ctx, core.VolumeRemoveRequest{Volume: name}), core.KindNotFound)
	_, err = f.VolumeInspect(ctx, core.VolumeRequest{Volume: name})
	wantKind(t, err, core.KindNotFound)
}

func testVolumeInUse(t *testing.T, f *fixture) {
	volume := f.volume(t, core.VolumeCreateRequest{Name: "mlng-conf-" + uuid.NewString()})
	name := f.sleeper(t, "-v", volume+":/data")
	wantKind(t, f.VolumeRemove(t.Context(), core.VolumeRemoveRequest{Volume: volume}), core.KindConflict)
	if err := f.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
		t.Fatal(err)
	}
}

func testVolumesPrune(t *testing.T, f *fixture) {
	ctx, value := t.Context(), uuid.NewString()
	labels := map[string]string{"mlng-conf": value}
	volume := f.volume(t, core.VolumeCreateRequest{Name: "mlng-conf-" + value, Labels: labels})
	req := core.VolumesPruneRequest{Filters: map[string][]string{"label": {"mlng-conf=" + value}}, All: true}
	for _, req.DryRun = range []bool{true, false} {
		pruned, err := f.VolumesPrune(ctx, req)
		if err != nil || !slices.Equal(pruned.Volumes, []string{volume}) {
			t.Errorf("dry run %v: got %+v, %v", req.DryRun, pruned, err)
		}
	}
	if names := f.volumesWith(t, req.Filters); len(names) > 0 {
		t.Errorf("got %v", names)
	}
}

func testVolumeBadInput(t *testing.T, f *fixture) {
	ctx := t.Context()
	for _, name := range []string{"", "..", "../containers", "a/b", "a\x00"} {
		_, err := f.VolumeInspect(ctx, core.VolumeRequest{Volume: name})
		wantKind(t, err, core.KindInvalidArgument)
		wantKind(t, f.VolumeRemove(ctx, core.VolumeRemoveRequest{Volume: name, Force: true}), core.KindInvalidArgument)
	}
	_, err := f.VolumeList(ctx, core.VolumeListRequest{Filters: map[string][]string{"until": {"1h"}}})
	wantKind(t, err, core.KindInvalidArgument)
	_, err = f.VolumesPrune(ctx, core.VolumesPruneRequest{All: true, Filters: map[string][]string{"until": {"1h"}}})
	wantKind(t, err, core.KindInvalidArgument)
}
