package localfs

import (
	"os"
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestMountsOfThisMachine(t *testing.T) {
	bed.Root(t)
	treetest.CheckMounts(t, func() core.HostFiles { return hostfiles.New(FS{}, FS{}) })
}

func TestKnownOfThisMachine(t *testing.T) {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	known, err := FS{Home: "/my/home"}.Known(t.Context(), t.TempDir())
	if err != nil || !slices.Contains(known.Mounts, "/proc") {
		t.Errorf("%q, %v", known.Mounts, err)
	}
	for _, home := range append(protect.ParseHomes(passwd), "/my/home") {
		if !slices.Contains(known.Homes, home) {
			t.Errorf("%q lacks %s", known.Homes, home)
		}
	}
}
