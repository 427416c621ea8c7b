package conformance

import (
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

var setIDCopyTests = []test{{"copies out of a container have no set-id bits", testCopySetID}}

func testCopySetID(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	hostfiles.SetIDTree(t, source)
	name := f.sleeper(t)
	if _, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: source, Container: name, Destination: "/there"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/there", Destination: dir + "/back"}, nil); err != nil {
		t.Fatal(err)
	}
	hostfiles.WantOwnerAndMode(t, dir+"/back/user", 0, 0o755)
	hostfiles.WantOwnerAndMode(t, dir+"/back/folder/both", 0, 0o711)
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/there", Destination: dir + "/owned", Archive: true}, nil); err != nil {
		t.Fatal(err)
	}
	hostfiles.WantOwnerAndMode(t, dir+"/owned/user", hostfiles.Somebody, 0o4755)
}
