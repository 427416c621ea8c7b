package conformance

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

var growingCopyTests = []test{{"growing files: copy to a container", testGrowingCopy}}

func testGrowingCopy(t *testing.T, f *fixture) {
	path := filepath.Join(t.TempDir(), "log")
	g := hostfiles.NewGrowing(t, path)
	name, before := f.sleeper(t), g.Begin()
	req := core.CopyToRequest{Source: path, Container: name, Destination: "/log", Progress: true}
	if sent, err := f.CopyTo(t.Context(), req, g.Grow); err != nil || sent.Bytes != before || !g.Grown(before) {
		t.Errorf("%+v, %v", sent, err)
	}
	f.exec(t, name, "stat", "-c", "%s", "/log").want(t, 0, strconv.FormatInt(before, 10)+"\n", "")
}
