package conformance

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// listTests are about the engine's own lists.
var listTests = []test{
	{"containers: all, sizes, filters", testContainers},
	{"containers: wrong filters", testContainersWrong},
	{"images: all, filters", testImageViews},
}

type listedContainer struct {
	ID     string `json:"Id"`
	State  string
	SizeRw *int64
}

func (f *fixture) containers(t *testing.T, req core.ContainerListRequest) map[string]listedContainer {
	t.Helper()
	raw, err := f.Containers(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		listedContainer
		Names []string
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	byName := map[string]listedContainer{}
	for _, row := range rows {
		byName[row.Names[0]] = row.listedContainer
	}
	return byName
}

func testContainers(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	f.exec(t, name, "sh", "-c", "echo >/new").want(t, 0, "", "")
	named := map[string][]string{"name": {"^" + name + "$"}}
	if row := f.containers(t, core.ContainerListRequest{Filters: named})["/"+name]; row.State != "running" || len(row.ID) != 64 || row.SizeRw != nil {
		t.Errorf("got %+v", row)
	}
	if row := f.containers(t, core.ContainerListRequest{Filters: named, Sizes: true})["/"+name]; row.SizeRw == nil {
		t.Errorf("got %+v", row)
	}
	if err := f.Kill(t.Context(), core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Wait(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if rows := f.containers(t, core.ContainerListRequest{Filters: named}); len(rows) != 0 {
		t.Errorf("got %+v", rows)
	}
	if rows := f.containers(t, core.ContainerListRequest{Filters: named, All: true}); rows["/"+name].State != "exited" {
		t.Errorf("got %+v", rows)
	}
	named["status"] = []string{"running", "paused"}
	if rows := f.containers(t, core.ContainerListRequest{Filters: named, All: true}); len(rows) != 0 {
		t.Errorf("got %+v", rows)
	}
}

func testContainersWrong(t *testing.T, f *fixture) {
	for _, filters := range []map[string][]string{
		{"colour": {"red"}},
		{"label": {}},
		{"status": {"asleep"}},
		{"exited": {"often"}},
	} {
		_, err := f.Containers(t.Context(), core.ContainerListRequest{Filters: filters})
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err := f.Containers(t.Context(), core.ContainerListRequest{Filters: map[string][]string{"since": {f.name(t)}}})
	wantKind(t, err, core.KindContainerNotFound)
}

func testImageViews(t *testing.T, f *fixture) {
	name := f.tagged(t)
	named := map[string][]string{"reference": {name}}
	for _, all := range []bool{false, true} {
		raw, err := f.Images(t.Context(), core.ImageListRequest{Filters: named, All: all})
		var rows []struct{ RepoTags []string }
		if err != nil || json.Unmarshal(raw, &rows) != nil || len(rows) != 1 || !slices.Contains(rows[0].RepoTags, name) {
			t.Errorf("got %s, %v", raw, err)
		}
	}
	for _, filters := range []map[string][]string{{"colour": {"red"}}, {"label": {}}, {"dangling": {"perhaps"}}} {
		_, err := f.Images(t.Context(), core.ImageListRequest{Filters: filters})
		wantKind(t, err, core.KindInvalidArgument)
	}
}
