package conformance

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

var systemTests = []test{
	{"disk usage", testDiskUsage},
	{"build cache: bad prunes", testBuildCacheBadInput},
}

// testDiskUsage asks often at once: an engine measures for one at a time, and refuses others.
func testDiskUsage(t *testing.T, f *fixture) {
	volume := f.volume(t, core.VolumeCreateRequest{Name: "mlng-conf-" + uuid.NewString()})
	var asked guard.Group
	for range 8 {
		asked.Run(func() error {
			raw, err := f.DiskUsage(t.Context())
			if err != nil {
				return err
			}
			var usage struct{ Volumes []named }
			if err := json.Unmarshal(raw, &usage); err != nil {
				return err
			}
			for _, one := range usage.Volumes {
				if one.Name == volume {
					return nil
				}
			}
			return core.Errorf(core.KindNotFound, "%s is not in it", volume)
		})
		asked.Run(func() error {
			_, err := f.BuildCache(t.Context())
			return err
		})
	}
	if err := asked.Wait(); err != nil {
		t.Error(err)
	}
}

func testBuildCacheBadInput(t *testing.T, f *fixture) {
	for _, req := range []core.BuildCachePruneRequest{
		{Filters: map[string][]string{"label": {"a"}}},
		{Filters: map[string][]string{"until": {"tomorrow"}}},
		{Filters: map[string][]string{"type": {"a", "b"}}},
		{KeepStorage: -1},
		{MinFree: 1, DryRun: true},
		{Filters: map[string][]string{"id": {"("}}, DryRun: true},
	} {
		_, err := f.BuildCachePrune(t.Context(), req)
		wantKind(t, err, core.KindInvalidArgument)
	}
}
