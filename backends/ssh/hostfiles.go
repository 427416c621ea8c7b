package ssh

import (
	"context"
	"fmt"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sftpfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// HostFiles are the files of the host at the other end: over SFTP, and with the host's
// rsync where it has one.
func (c *Connection) HostFiles() core.HostFiles { return newHostFiles(c) }

func (c *Connection) fileSystem() hostfiles.FileSystem {
	return &sftpfs.FS{Client: c.SFTP, Lost: c.lostFile, Users: c.users}
}

// askUsers prints the users that the host's directory service tells of, the one with the
// number $1, and where the home folder of the login is.
const askUsers = `{ getent passwd; getent passwd "$1"; printf 'login:x:0:0::%s:\n' "$HOME"; } 2>/dev/null | head -c "$2"`

// usersTime is how long a directory service may take. What it would have said is left out.
const usersTime = 10 * time.Second

func (c *Connection) users(ctx context.Context, uid uint32) []byte {
	ctx, cancel := context.WithTimeout(ctx, usersTime)
	defer cancel()
	command := fmt.Sprintf("exec sh -c %s sh %d %d", quote(askUsers), uid, hostfiles.MaxPasswd)
	passwd, _, _, err := c.Output(ctx, command, nil)
	if err != nil {
		return nil // an account for SFTP alone
	}
	return passwd
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
