package conformance

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

var imageTests = []test{
	{"images: exist, list, tag, remove", testImages},
	{"images: bad names", testImageNames},
	{"images: in use", testImageInUse},
}

func (f *fixture) imageExists(t *testing.T, name string) bool {
	t.Helper()
	exists, err := f.ImageExists(t.Context(), core.ImageRequest{Image: name})
	if err != nil {
		t.Fatal(err)
	}
	return exists
}

// tagged gives busybox another name until the test's end.
func (f *fixture) tagged(t *testing.T) string {
	t.Helper()
	name := "mlng-conf/" + uuid.NewString() + ":v1"
	if err := f.ImageTag(t.Context(), core.ImageTagRequest{Source: busybox, Destination: name}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := f.ImageRemove(context.Background(), core.ImageRemoveRequest{Image: name, Force: true})
		if err != nil && core.KindOf(err) != core.KindImageNotFound {
			t.Errorf("%s stays behind: %v", name, err)
		}
	})
	return name
}

func testImages(t *testing.T, f *fixture) {
	name := f.tagged(t)
	repository := name[:len(name)-len(":v1")]
	if !f.imageExists(t, name) || !f.imageExists(t, busybox) || f.imageExists(t, repository) || f.imageExists(t, "mlng-none:v2") {
		t.Error("existence is wrong")
	}
	rows, err := f.ImageList(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, raw := range rows {
		row := map[string]string{}
		_ = json.Unmarshal(raw, &row)
		if row["Repository"] == repository {
			found = row["Tag"] == "v1" && row["Size"] != "" && f.imageExists(t, row["ID"])
		}
	}
	if !found {
		t.Errorf("%s is not in %d rows", repository, len(rows))
	}
	removed, err := f.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: name})
	if err != nil || len(removed.Untagged) == 0 || removed.Deleted == nil {
		t.Errorf("got %+v, %v", removed, err)
	}
	if f.imageExists(t, name) || !f.imageExists(t, busybox) {
		t.Error("existence is wrong after the removal")
	}
	_, err = f.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: name})
	wantKind(t, err, core.KindImageNotFound)
}

func testImageNames(t *testing.T, f *fixture) {
	ctx := t.Context()
	for _, name := range []string{"", "..", "../containers", "UPPER", "a b", "a:b:c", "a\x00", "-x"} {
		_, err := f.ImageExists(ctx, core.ImageRequest{Image: name})
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.ImageRemove(ctx, core.ImageRemoveRequest{Image: name})
		wantKind(t, err, core.KindInvalidArgument)
		wantKind(t, f.ImageTag(ctx, core.ImageTagRequest{Source: busybox, Destination: name}), core.KindInvalidArgument)
		container := f.name(t)
		_, err = f.Run(ctx, core.RunRequest{Image: name, Options: []string{"--name", container}}, core.Streams{})
		wantKind(t, err, core.KindInvalidArgument)
	}
	wantKind(t, f.ImageTag(ctx, core.ImageTagRequest{Source: "mlng-none:v3", Destination: "mlng-conf/x:v1"}), core.KindImageNotFound)
}

func testImageInUse(t *testing.T, f *fixture) {
	image := f.tagged(t)
	name, o := f.runNamed(t, core.RunRequest{Image: image, Options: []string{"-d"}, Command: core.Command{Text: "sleep 600"}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	id, _ := f.inspect(t, name)["Image"].(string)
	_, err := f.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: id})
	wantKind(t, err, core.KindConflict)
}
