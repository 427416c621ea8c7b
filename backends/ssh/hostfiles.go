package ssh

import (
	"context"
	"fmt"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/backends/ssh/loginshell"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sftpfs"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
)

// HostFiles returns the files of the host at the other end: over SFTP, and with the host's
// rsync if it has one.
func (h *Host) HostFiles() core.HostFiles { return newHostFiles(h) }

func (h *Host) fileSystem() hostfiles.FileSystem {
	return &sftpfs.FS{Client: h.SFTP, Lost: h.lostFile, Users: h.users}
}

// askUsers prints the users that the host's directory service lists, the one with the
// number $1, and the home folder of the login.
const askUsers = `{ getent passwd; getent passwd "$1"; printf 'login:x:0:0::%s:\n' "$HOME"; } 2>/dev/null | head -c "$2"`

// usersTime is how long a directory service may take; after that its users are left out.
const usersTime = 10 * time.Second

func (h *Host) users(ctx context.Context, uid uint32) []byte {
	ctx, cancel := context.WithTimeout(ctx, usersTime)
	defer cancel()
	command := fmt.Sprintf("exec sh -c %s sh %d %d", loginshell.Quote(askUsers), uid, protect.MaxPasswd)
	passwd, _, _, err := h.Output(ctx, command, nil)
	if err != nil {
		return nil // an account only for SFTP
	}
	return passwd
}

func newHostFiles(h *Host) *hostFiles {
	return &hostFiles{Files: hostfiles.New(h.fileSystem(), localfs.FS{}), host: h}
}

// lostFile turns what ended an SFTP channel into ConnectionLost, even if sshd ended only
// that channel.
func (h *Host) lostFile(err error) error {
	if lost := h.Lost(err); core.KindOf(lost) != "" || !sftpfs.IsLost(err) {
		return lost
	}
	return sshconn.LostError(h.opts.Target.Text, err)
}
