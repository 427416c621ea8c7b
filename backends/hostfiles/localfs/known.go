package localfs

import (
	"context"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
)

// Known implements hostfiles.FileSystem. It looks up a user that /etc/passwd lacks by the
// path's owner: a home folder belongs to its user.
func (f FS) Known(_ context.Context, path string) (protect.Known, error) {
	var known protect.Known
	if f.Home != "" {
		known.Homes = append(known.Homes, f.Home)
	}
	if passwd, err := os.ReadFile("/etc/passwd"); err == nil {
		known.Homes = append(known.Homes, protect.ParseHomes(passwd)...)
	}
	uids := []int{os.Geteuid()}
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(path, &st) }); err == nil {
		uids = append(uids, int(st.Uid))
	}
	for _, uid := range uids {
		if who, err := user.LookupId(strconv.Itoa(uid)); err == nil && who.HomeDir != "" {
			known.Homes = append(known.Homes, who.HomeDir)
		}
	}
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err == nil { // Linux
		known.Mounts = protect.ParseMounts(mountinfo)
		known.DataRoots = protect.ParseContainerd(mountinfo)
	}
	return known, nil
}

// Mounts returns the mount points that this process sees.
func Mounts() ([]string, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	return protect.ParseMounts(mountinfo), err
}
