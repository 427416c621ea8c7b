package ssh

import (
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sftpfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// HostFiles are the files of the host at the other end: over SFTP, and with the host's
// rsync where it has one.
func (c *Connection) HostFiles() core.HostFiles { return newHostFiles(c) }

func (c *Connection) fileSystem() hostfiles.FileSystem {
	return &sftpfs.FS{Client: c.SFTP, Lost: c.lostFile}
}

func newHostFiles(c *Connection) *hostFiles {
	return &hostFiles{Files: hostfiles.New(c.fileSystem(), localfs.FS{}), conn: c}
}

// lostFile makes what ended an SFTP channel a ConnectionLost, also where sshd ended the
// channel alone.
func (c *Connection) lostFile(err error) error {
	if lost := c.Lost(err); core.KindOf(lost) != "" || !sftpfs.IsLost(err) {
		return lost
	}
	return errLost(c.opts.Target.Text, err)
}
