package sftpfs

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
)

// maxMountinfo bounds the list of mounts that is read, in bytes.
const maxMountinfo = 16 << 20

// Known implements hostfiles.FileSystem. getent may know what the host's own files lack.
func (f *FS) Known(ctx context.Context, path string) (known protect.Known, err error) {
	var owner uint32
	err = f.with(ctx, func(c *sftp.Client) error {
		if home, err := c.RealPath("."); err == nil && home != "/" {
			known.Homes = append(known.Homes, home)
		}
		passwd, err := readFile(c, "/etc/passwd", protect.MaxPasswd)
		if err != nil {
			return err
		}
		known.Homes = append(known.Homes, protect.ParseHomes(passwd)...)
		mountinfo, err := readFile(c, "/proc/self/mountinfo", maxMountinfo)
		known.Mounts, known.DataRoots = protect.ParseMounts(mountinfo), protect.ParseContainerd(mountinfo)
		if info, err := c.Lstat(path); err == nil {
			if stat, ok := info.Sys().(*sftp.FileStat); ok {
				owner = stat.UID
			}
		}
		return err
	})
	if err == nil && f.Users != nil {
		known.Homes = append(known.Homes, protect.ParseHomes(f.Users(ctx, owner))...)
	}
	return known, err
}

// readFile reads a small file, nothing of one that is not there for this user. Its size is
// ignored: files in /proc claim to have 0 bytes.
func readFile(c *sftp.Client, path string, most int64) ([]byte, error) {
	file, err := c.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}
