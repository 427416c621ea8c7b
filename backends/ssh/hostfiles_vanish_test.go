package ssh

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestHostSourceVanishes: rsync's way sends one file after the other, so that the first
// progress comes before the next file is opened.
func TestHostSourceVanishes(t *testing.T) {
	t.Parallel()
	c := bedConnection(t)
	for way, files := range map[string]core.HostFiles{
		"local":      hostfiles.New(localfs.FS{}, treetest.Vanishing{FileSystem: localfs.FS{}}),
		"sftp":       hostfiles.New(c.fileSystem(), treetest.Vanishing{FileSystem: localfs.FS{}}),
		"rsync":      c.HostFiles(),
		"sftp from":  treetest.Mirrored{HostFiles: hostfiles.New(treetest.Vanishing{FileSystem: c.fileSystem()}, localfs.FS{})},
		"rsync from": treetest.Mirrored{HostFiles: c.HostFiles()},
	} {
		ahead := 0
		if way == "rsync from" {
			ahead = 64 << 20 // of which the client keeps half
		}
		t.Run(way, func(t *testing.T) { treetest.CheckVanished(t, files, ahead) })
	}
}
