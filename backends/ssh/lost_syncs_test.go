package ssh

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestSyncFromContainerLosesOneAnswer cuts syncs from a container that runs and from one that
// does not. Everything is there at the end, and no helper container stays.
func TestSyncFromContainerLosesOneAnswer(t *testing.T) {
	keepAgent(t)
	stopped := map[string]bool{"HEAD .*/archive": true, "GET .*/archive": true}
	requests := []string{"GET .*/containers/.*/json", "POST .*/attach", "HEAD .*/archive", "GET .*/archive"}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, here := box(t, e), filepath.Join(t.TempDir(), "bin")
		if zero := 0; stopped[request] {
			if err := e.Stop(timeout(t), core.StopRequest{Container: name, Timeout: &zero}); err != nil {
				t.Fatal(err)
			}
		}
		req := core.SyncFromContainerRequest{Container: name, SyncRequest: core.SyncRequest{Source: "/bin", Destination: here, HardLinks: true}}
		report, err := client.SyncFromContainer(timeout(t), req, nil)
		lost.await(t, err)
		info, missing := os.Stat(filepath.Join(here, "busybox"))
		if err != nil || missing != nil || info.Size() < 1<<20 || report.FilesSent != 1 {
			t.Errorf("%+v, %v, %v", report, err, missing)
		}
		noDebris(t, here)
	})
}

// TestSyncFromContainerGoesOn loses the connection in the middle of a file.
func TestSyncFromContainerGoesOn(t *testing.T) {
	t.Parallel()
	for _, runs := range []bool{true, false} {
		client, lost, e := trapped(t, "none at all", false)
		name, here := box(t, e), filepath.Join(t.TempDir(), "here")
		o := core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"dd", "if=/dev/urandom", "of=/big/file", "bs=1M", "count=24"}}}
		for _, argv := range [][]string{{"mkdir", "/big"}, o.Command.Argv} {
			o.Command.Argv = argv
			if _, err := e.Exec(timeout(t), o, core.Streams{}); err != nil {
				t.Fatal(err)
			}
		}
		if zero := 0; !runs {
			if err := e.Stop(timeout(t), core.StopRequest{Container: name, Timeout: &zero}); err != nil {
				t.Fatal(err)
			}
		}
		cuts := 0
		req := core.SyncFromContainerRequest{Container: name, SyncRequest: core.SyncRequest{Source: "/big", Destination: here, Progress: true}}
		report, err := client.SyncFromContainer(timeout(t), req, func(at core.Progress) {
			if at.Done > 6<<20 && cuts == 0 {
				cuts++
				lost.lose()
			}
		})
		info, missing := os.Stat(filepath.Join(here, "file"))
		if err != nil || missing != nil || info.Size() != 24<<20 || report.FilesSent != 1 || cuts != 1 {
			t.Errorf("runs: %t: %+v, %v, %v, %d cuts", runs, report, err, missing, cuts)
		}
		noDebris(t, here)
	}
}
