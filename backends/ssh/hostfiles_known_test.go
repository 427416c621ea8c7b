package ssh

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestMountsOfTheHost(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	for _, way := range []string{"sftp", "rsync"} {
		t.Run(way, func(t *testing.T) {
			treetest.CheckMounts(t, func() core.HostFiles {
				server := newSSHD(t, state.SSHD(t, "sshd"))
				opts := options(t, server.part, "mlng", "")
				opts.SSH.ConfigFile = writeConfig(t, server.configured("mlng"))
				c := connection(t, opts)
				if way == "rsync" {
					return c.HostFiles()
				}
				return hostfiles.New(c.fileSystem(), localfs.FS{})
			})
		})
	}
}

// TestKnownOfTheHost asks hosts that are this machine, one of them for SFTP only.
func TestKnownOfTheHost(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for part, alias := range map[string]string{"sshd": "mlng", "sshd-nodocker": "mlng-nodocker"} {
		host := state.SSHD(t, part)
		passwd, err := os.ReadFile(filepath.Join(filepath.Dir(host.HostKeys[0]), "etc", "passwd")) // which it has in /etc
		if err != nil {
			t.Fatal(err)
		}
		c := connection(t, options(t, host, alias, ""))
		known, err := c.fileSystem().Known(t.Context(), t.TempDir())
		if err != nil || !slices.Contains(known.Mounts, "/proc") {
			t.Errorf("%s: %q, %v", part, known.Mounts, err)
		}
		for _, home := range append(protect.ParseHomes(passwd), me.HomeDir) {
			if !slices.Contains(known.Homes, home) {
				t.Errorf("%s: %q lacks %s", part, known.Homes, home)
			}
		}
		if got := protect.ParseHomes(c.users(t.Context(), 65534)); part == "sshd" && !slices.Contains(got, me.HomeDir) {
			t.Errorf("getent says %q", got)
		}
	}
}
