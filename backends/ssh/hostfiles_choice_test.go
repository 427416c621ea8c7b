package ssh

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestWayToHostFiles(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	part, socket := state.SSHD(t, "sshd"), state.Engine(t, "engine-new").Socket
	for wanted, kind := range map[string]core.Kind{"auto": "", "engine": "", "local": core.KindInvalidArgument, "magic": core.KindInvalidArgument} {
		target, err := core.ParseTarget("ssh://" + part.Alias + socket)
		if err != nil {
			t.Fatal(err)
		}
		req := patient(target.Text, part.SSHConfig)
		req.Environ, req.HostFiles = environ(t), wanted
		client, err := Open(t.Context(), target, req)
		if core.KindOf(err) != kind {
			t.Errorf("%s: %v", wanted, err)
		}
		if err != nil {
			continue
		}
		report, err := client.Sync(t.Context(), core.SyncRequest{Source: t.TempDir(), Destination: t.TempDir()}, nil)
		if err != nil || (report.Way == "engine") != (wanted == "engine") {
			t.Errorf("%s: %+v, %v", wanted, report, err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
}
