package conformance

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// pruneTests run apart: on containerd's store a prune takes the leases away from every
// pull, load and save under way, whoever they belong to.
var pruneTests = []test{
	{"images: prune", testPrune},
	{"images: a dry run says what a prune removes", testImagesDryRun},
	{"build cache: prune", testBuildCachePrune},
	{"system: prune", testSystemPrune},
}

func testPrune(t *testing.T, f *fixture) {
	// Each has a label of its own: images of others must stay.
	unnamed, label := f.fresh(t, "", 100_000)
	named, namedLabel := f.fresh(t, f.name(t)+":v1", 100_000)
	for _, c := range []struct {
		request core.PruneImagesRequest
		removed bool
		image   string
	}{
		{core.PruneImagesRequest{Labels: []string{label}, NotLabels: []string{"mlng-conf"}}, false, unnamed},
		{core.PruneImagesRequest{Labels: []string{label}, Until: "2019-01-01T00:00:00Z"}, false, unnamed},
		{core.PruneImagesRequest{Labels: []string{label}, Until: "2100-01-01T00:00:00Z"}, true, unnamed},
		{core.PruneImagesRequest{Labels: []string{namedLabel}}, false, named},
		{core.PruneImagesRequest{Labels: []string{namedLabel}, All: true}, true, named},
	} {
		would, err := f.ImagesPrune(t.Context(), dry(c.request))
		if err != nil || !f.imageExists(t, c.image) {
			t.Errorf("%+v: %v, or the dry run removed something", c.request, err)
		}
		pruned, err := f.ImagesPrune(t.Context(), c.request)
		wantSamePrune(t, pruned, would)
		if err != nil || (len(pruned.Deleted) > 0) != c.removed || (pruned.Reclaimed > 0) != c.removed || f.imageExists(t, c.image) == c.removed {
			t.Errorf("%+v: got %+v, %v", c.request, pruned, err)
		}
	}
	for _, request := range []core.PruneImagesRequest{{Until: "tomorrow"}, {Labels: []string{"=x"}}, {NotLabels: []string{""}}, {Filters: map[string][]string{"name": {"a"}}}, {Filters: map[string][]string{"dangling": {"true"}}}} {
		_, err := f.ImagesPrune(t.Context(), request)
		wantKind(t, err, core.KindInvalidArgument)
	}
}

func dry(req core.PruneImagesRequest) core.PruneImagesRequest {
	req.DryRun = true
	return req
}

// wantSamePrune compares what was removed with what a dry run said.
func wantSamePrune(t *testing.T, pruned, would core.PruneImagesResult) {
	t.Helper()
	for _, list := range [][]string{pruned.Untagged, pruned.Deleted, would.Untagged, would.Deleted} {
		slices.Sort(list)
	}
	if !reflect.DeepEqual(pruned, would) {
		t.Errorf("got %+v; the dry run said %+v", pruned, would)
	}
}

// testImagesDryRun has images with several names, on top of each other, and in use.
func testImagesDryRun(t *testing.T, f *fixture) {
	label := "mlng-conf=" + uuid.NewString()
	f.fresh(t, f.name(t)+":v1", 100_000) // stays: it has another label
	lower, used, named := f.imageName(t), f.imageName(t), f.imageName(t)
	f.committed(t, busybox, label, lower)
	usedID := f.committed(t, lower, label, used)
	f.committed(t, lower, label, named)
	f.committed(t, lower, label, "")
	for _, one := range []string{used, named} {
		for range 2 {
			if err := f.ImageTag(t.Context(), core.ImageTagRequest{Source: one, Destination: f.imageName(t)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := f.Create(t.Context(), core.CreateContainerRequest{Image: used, Options: []string{"--name", f.name(t)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, req := range []core.PruneImagesRequest{
		{Filters: map[string][]string{"label": {label}, "until": {"24h"}}, All: true},
		{Filters: map[string][]string{"label": {label}}},
		{Filters: map[string][]string{"label": {label}}, All: true},
	} {
		would, err := f.ImagesPrune(t.Context(), dry(req))
		if err != nil || !f.imageExists(t, named) {
			t.Errorf("%+v: %v, or the dry run removed something", req, err)
		}
		pruned, err := f.ImagesPrune(t.Context(), req)
		if err != nil {
			t.Errorf("%+v: %v", req, err)
		}
		wantSamePrune(t, pruned, would)
		if until := req.Filters["until"] != nil; until != (len(pruned.Deleted) == 0) {
			t.Errorf("%+v: got %+v", req, pruned)
		}
	}
	if f.imageExists(t, named) || !f.imageExists(t, usedID) {
		t.Error("the wrong images were removed")
	}
}

// committed makes an image from another one, with a layer of its own.
func (f *fixture) committed(t *testing.T, from, label, name string) (id string) {
	t.Helper()
	box, o := f.runNamed(t, core.RunRequest{Image: from, Shell: true, Command: core.Command{Text: "head -c 50000 /dev/urandom >/" + uuid.NewString()}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	made, err := f.ContainerCommit(t.Context(), core.ContainerCommitRequest{Container: box, Image: name, Changes: []string{"LABEL " + label}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.untag(t, made.ID) })
	if err := f.Remove(t.Context(), core.RemoveRequest{Container: box}); err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// builtCache makes build cache that no image has: chains of steps, of which some are used twice.
func (f *fixture) builtCache(t *testing.T) {
	t.Helper()
	base := "FROM " + busybox + "\nRUN echo " + uuid.NewString() + " >/base\n"
	for _, more := range []string{"", "COPY given /\nRUN head -c 300000 /dev/urandom >/large\n", "RUN head -c 9000 /dev/urandom >/small\n", ""} {
		dir, name := contextOf(t, map[string]string{"Dockerfile": base + more, "given": "given\n"}), f.imageName(t)
		if _, err := f.build(t, core.BuildRequest{Context: dir, Tag: name, Builder: core.BuilderBuildKit}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: name}); err != nil {
			t.Fatal(err)
		}
	}
}

// testBuildCachePrune: a dry run says what the engine then removes, and how many bytes.
func testBuildCachePrune(t *testing.T, f *fixture) {
	f.builtCache(t)
	for _, req := range []core.BuildCachePruneRequest{
		{Filters: map[string][]string{"until": {"1h"}}},
		{KeepStorage: 250_000},
		{Filters: map[string][]string{"type": {"source.local"}}},
		{},
		{All: true},
	} {
		before := f.cacheIDs(t)
		req.DryRun = true
		would, err := f.BuildCachePrune(t.Context(), req)
		if err != nil || !slices.Equal(f.cacheIDs(t), before) {
			t.Errorf("%+v: %v, or the dry run removed something", req, err)
		}
		req.DryRun = false
		pruned, err := f.BuildCachePrune(t.Context(), req)
		slices.Sort(would.Deleted)
		slices.Sort(pruned.Deleted)
		if err != nil || !reflect.DeepEqual(would, pruned) {
			t.Errorf("%+v: got %+v, %v; the dry run said %+v", req, pruned, err, would)
		}
		if left := slices.DeleteFunc(before, func(id string) bool { return slices.Contains(pruned.Deleted, id) }); !slices.Equal(f.cacheIDs(t), left) {
			t.Errorf("%+v: %v are left, not %v", req, f.cacheIDs(t), left)
		}
		if req.KeepStorage > 0 && (len(pruned.Deleted) == 0 || len(f.cacheIDs(t)) == 0) {
			t.Errorf("%+v: got %+v", req, pruned)
		}
	}
	if left := f.cacheIDs(t); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// cacheIDs are those of the build cache, sorted.
func (f *fixture) cacheIDs(t *testing.T) []string {
	t.Helper()
	records, err := f.BuildCache(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, raw := range records {
		var one struct{ ID string }
		if err := json.Unmarshal(raw, &one); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, one.ID)
	}
	slices.Sort(ids)
	return ids
}

// testSystemPrune has a volume, and images, that only a removed container uses.
func testSystemPrune(t *testing.T, f *fixture) {
	key, value := "mlng-conf", uuid.NewString()
	label, labels := key+"="+value, map[string]string{key: value}
	filters := map[string][]string{"label": {label}}
	image := f.imageName(t)
	f.committed(t, busybox, label, image)
	name, _ := f.network(t, labels)
	named := f.volume(t, core.VolumeCreateRequest{Name: "mlng-conf-" + value, Labels: labels})
	anonymous := f.volume(t, core.VolumeCreateRequest{Labels: labels})
	box, o := f.runNamed(t, core.RunRequest{
		Image: image, Options: []string{"--label", label, "-v", anonymous + ":/a", "-v", named + ":/b"}, Shell: true, Command: core.Command{Text: "echo 12345 >/file"},
	}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	f.builtCache(t)
	_, err := f.SystemPrune(t.Context(), core.SystemPruneRequest{Filters: map[string][]string{"until": {"1h"}}, Volumes: true})
	wantKind(t, err, core.KindInvalidArgument)
	volumes := true
	_, err = f.SystemPrune(t.Context(), core.SystemPruneRequest{Filters: filters, Volumes: true, DryRun: true})
	if core.KindOf(err) == core.KindInvalidArgument && f.harness.API < "1.42" {
		volumes = false
	} else if err != nil {
		t.Error(err)
	}
	if !f.state(t, box).Exists {
		t.Error("it was removed")
	}
	pruned := f.prunedAsTold(t, core.SystemPruneRequest{Filters: filters, All: true, Volumes: volumes})
	if !slices.Equal(pruned.Containers.Deleted, []string{o.ContainerID}) || !slices.Equal(pruned.Networks.Networks, []string{name}) || len(pruned.Images.Deleted) == 0 || f.imageExists(t, image) {
		t.Errorf("got %+v", pruned)
	}
	if volumes != slices.Equal(pruned.Volumes.Volumes, []string{anonymous}) || len(pruned.BuildCache.Deleted) > 0 {
		t.Errorf("got %+v", pruned)
	}
	if old := f.prunedAsTold(t, core.SystemPruneRequest{Filters: map[string][]string{"until": {"24h"}}}); len(old.BuildCache.Deleted) > 0 {
		t.Errorf("got %+v", old)
	}
	if all := f.prunedAsTold(t, core.SystemPruneRequest{}); len(all.BuildCache.Deleted) == 0 || all.BuildCache.Reclaimed < 300_000 {
		t.Errorf("got %+v", all)
	}
}

// prunedAsTold prunes after a dry run that says the same.
func (f *fixture) prunedAsTold(t *testing.T, req core.SystemPruneRequest) core.SystemPruneResult {
	t.Helper()
	req.DryRun = true
	would, err := f.SystemPrune(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	req.DryRun = false
	pruned, err := f.SystemPrune(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []core.SystemPruneResult{would, pruned} {
		for _, list := range [][]string{
			one.Containers.Deleted, one.Networks.Networks, one.Volumes.Volumes, one.Images.Untagged, one.Images.Deleted, one.BuildCache.Deleted,
		} {
			slices.Sort(list)
		}
	}
	if !reflect.DeepEqual(pruned, would) {
		t.Errorf("%+v: got %+v; the dry run said %+v", req, pruned, would)
	}
	return pruned
}
