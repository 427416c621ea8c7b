package ssh

import (
	"os"
	"os/user"
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestKnownOfTheHost asks hosts that are this machine, one of them for SFTP only.
func TestKnownOfTheHost(t *testing.T) {
	state := bed.Load(t)
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for part, alias := range map[string]string{"sshd": "mlng", "sshd-nodocker": "mlng-nodocker"} {
		c := connection(t, options(t, state.SSHD(t, part), alias, ""))
		known, err := c.fileSystem().Known(t.Context(), t.TempDir())
		if err != nil || !slices.Contains(known.Mounts, "/proc") {
			t.Errorf("%s: %q, %v", part, known.Mounts, err)
		}
		for _, home := range append(hostfiles.ParseHomes(passwd), me.HomeDir) {
			if !slices.Contains(known.Homes, home) {
				t.Errorf("%s: %q lacks %s", part, known.Homes, home)
			}
		}
		if got := hostfiles.ParseHomes(c.users(t.Context(), 65534)); part == "sshd" && !slices.Contains(got, me.HomeDir) {
			t.Errorf("getent tells of %q", got)
		}
	}
}
