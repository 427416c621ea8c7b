package engine

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine/hostfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestKnownThroughTheEngine(t *testing.T) {
	t.Parallel()
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		mounted := tmpfs(t, "size=1m")
		if err := e.session.Negotiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := hostfs.Open(t.Context(), e.session, e.agents)
		known, err := s.Known(t.Context(), mounted)
		if err != nil || !slices.Contains(known.Mounts, mounted) {
			t.Errorf("%q, %v", known.Mounts, err)
		}
		if want := protect.ParseHomes(passwd); !slices.Equal(known.Homes, want) {
			t.Errorf("%q, want %q", known.Homes, want)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		nothingStays(t, e)
	})
}

func TestMountsThroughTheEngine(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		treetest.CheckMounts(t, func() core.HostFiles { return e })
	})
}

// TestTheEngineIsAskedForItsData says that another folder is the engine's: it is refused
// by each way to the host's files.
func TestTheEngineIsAskedForItsData(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		var p core.Protection
		if err := e.protect(t.Context(), &p); err != nil || len(p.DataRoots) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		if there, err := os.Stat(p.DataRoots[0] + "/containers"); err != nil || !there.IsDir() {
			t.Errorf("%q is not the engine's: %v", p.DataRoots, err)
		}
		base := t.TempDir()
		plant(t, base, "data/", "data/volume=1", "source/")
		e = openEngine(t, altered(t, on, func(path string, answer []byte) []byte {
			if !strings.HasSuffix(path, "/info") {
				return answer
			}
			return bytes.ReplaceAll(answer, []byte(`"DockerRootDir":"`+p.DataRoots[0]+`"`), []byte(`"DockerRootDir":"`+base+`/data"`))
		}))
		_, err := e.Delete(t.Context(), core.HostDeleteRequest{Path: base + "/data/volume"})
		if core.KindOf(err) != core.KindInvalidArgument {
			t.Error(err)
		}
		_, err = e.Sync(t.Context(), core.SyncRequest{Source: base + "/source", Destination: base + "/data", Delete: true}, nil)
		if core.KindOf(err) != core.KindInvalidArgument {
			t.Error(err)
		}
		wantNames(t, base, "data", "data/volume", "source")
	})
}
