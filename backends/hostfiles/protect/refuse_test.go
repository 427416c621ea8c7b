package protect

import (
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestProtected(t *testing.T) {
	host := Known{
		Homes:     []string{"/root", "/", "/bin", "/nonexistent", "/nfs/home/alice", "/var/home/alice", "/srv/people/bob/", "/var/www"},
		DataRoots: []string{"/srv/disk/docker", "/opt/containerd/root/"},
		Mounts:    []string{"/", "/proc", "/data", "/mnt/disk", "/srv/deep/er/", "/nfs"},
	}
	good := []string{
		"/data/x", "/mnt/disk/x", "/mnt/diskette", "/home/me/cache", "/tmp/x", "/var/tmp/x", "/usr/local/share/x", "/usr/local/x/y/z",
		"/data/~", "/data/..x", "/data/ ", "/data/a\nb", "/nfs/home/alice/x", "/var/home/alice/x", "/srv/people/bob/runs", "/root/x",
		"/srv/disk/docker2", "/srv/disk/other", "/opt/containerd/other", "/library/x", "/etcetera/x", "/libraries/x", "/runs/x", "/data/lib/x",
		"/data/home", "/data/a/home/x", "/data/etc/x", "/home/me/usr", "/var/log/x",
	}
	for _, path := range good {
		if why := Reason(path, host); why != "" {
			t.Errorf("%q: %s", path, why)
		}
	}
	bad := []string{
		"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys",
		"/tmp", "/usr", "/var", "/Users", "/System", "/data", "/scratch", "/nfs",
		"/bin/sh", "/boot/vmlinuz", "/dev/null", "/dev/shm", "/dev/shm/x", "/etc/ssh", "/etc/ssh/sshd_config", "/lib/modules",
		"/lib/modules/6.1", "/lib32/x", "/lib64/ld.so", "/libx32/x", "/libexec/x", "/proc/1", "/proc/self/fd/3", "/run/user/1000", "/sbin/init", "/sys/fs/x",
		"/usr/bin", "/usr/bin/bash", "/usr/lib/x86_64-linux-gnu", "/usr/local", "/usr/local/lib", "/usr/localx/x/y", "/usr/share/local/x/y",
		"/home/me", "/Users/me", "/nfs/home/alice", "/nfs/home/somebody", "/var/home/alice", "/var/home/somebody", "/data/home/carol",
		"/srv/people/bob", "/srv/people", "/var/lib", "/var/tmp", "/var/www", "/nfs/home",
		"/var/lib/docker", "/var/lib/docker/volumes/x/_data", "/var/lib/containerd/x", "/srv/disk", "/srv/disk/docker", "/srv/disk/docker/overlay2",
		"/opt/containerd", "/opt/containerd/root", "/opt/containerd/root/x", "/a/b/io.containerd.snapshotter.v1.overlayfs/snapshots/1",
		"/mnt/disk", "/srv/deep", "/srv/deep/er",
	}
	for _, path := range bad {
		if Reason(path, host) == "" {
			t.Errorf("%q may be deleted", path)
		}
	}
	if why := Reason("/srv/deep", host.Except(func(path string) bool { return path == "/srv/deep/er/" })); why != "" {
		t.Errorf("what is kept protects what it is in: %s", why)
	}
}

func TestCleanPathForDeletions(t *testing.T) {
	for asked, want := range map[string]string{
		"/data//x/./y/": "/data/x/y", "/data/x/../y": "/data/y", "/data/a/b/../../c": "/data/c", "/data/ ": "/data/ ", "/data/a\nb": "/data/a\nb",
		"/mnt/./disk": "/mnt/disk", "/data/x/..": "/data", "/tmp/.": "/tmp",
	} {
		if got, err := CleanPath(asked); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", asked, got, err, want)
		}
	}
	for _, asked := range []string{
		"", "/..", "/../", "/a/..", "/a/../", "/a/../b", "/data/../etc", "/a/b/../../..", "/a/../../b", "/./..",
		"~", "~/x", "~root", "x", "./x", "../x", "data/x", " /data", "-rf", "*", "/data\x00/x", "\x00",
	} {
		if got, err := CleanPath(asked); core.KindOf(err) != core.KindInvalidArgument || got != "" {
			t.Errorf("%q: got %q, %v; want a refusal", asked, got, err)
		}
	}
}

func TestParseHomes(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:,:/:/bin/sh\nalice:*:1000:1000:A:/nfs/home/alice/:/bin/zsh\n" +
		"broken\n:::\nrelative:x:1:1::home:/bin/sh\nagain:x:0:0::/root:\nlast:x:5:5::/home/last:/bin/sh"
	if got := ParseHomes([]byte(passwd)); !slices.Equal(got, []string{"/home/last", "/nfs/home/alice", "/root"}) {
		t.Errorf("%q", got)
	}
}

func TestParseContainerd(t *testing.T) {
	const mountinfo = "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n" +
		"99 30 0:50 / /run/x/rootfs rw - overlay overlay rw,lowerdir=/big/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/9/fs:" +
		"/big/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/8/fs,upperdir=/big/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/10/fs\n" +
		"100 30 0:51 / /my\\040disk/io.containerd.runtime.v2.task/moby/1/rootfs rw - overlay overlay rw\n"
	if got := ParseContainerd([]byte(mountinfo)); !slices.Equal(got, []string{"/big/containerd", "/my disk"}) {
		t.Errorf("%q", got)
	}
}

func TestCheckSync(t *testing.T) {
	for _, asked := range []string{"/data", "/mnt/disk", "/srv/a", "/home/me/x"} {
		if _, err := CheckSync(asked); err != nil {
			t.Errorf("%q: %v", asked, err)
		}
	}
	for _, asked := range []string{"", "/", "~/x", "x", "/tmp", "/home/me", "/etc", "/usr/lib", "/proc/x", "/x/../etc"} {
		if _, err := CheckSync(asked); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%q: got %v; want a refusal", asked, err)
		}
	}
}

func TestCleanPath(t *testing.T) {
	for _, asked := range []string{"/", "/tmp", "/tmp/", "/home/me", "/a/b/../c"} {
		if _, err := CleanPath(asked); err != nil {
			t.Errorf("%q: %v", asked, err)
		}
	}
}

func FuzzProtected(f *testing.F) {
	f.Add("/a/../b")
	f.Add("/tmp/..")
	f.Add("/usr/local/../bin/x")
	f.Fuzz(func(t *testing.T, asked string) {
		cleaned, err := CleanPath(asked)
		if err != nil {
			return
		}
		if again, err := CleanPath(cleaned); err != nil || again != cleaned {
			t.Errorf("%q became %q, which is refused or changed: %q, %v", asked, cleaned, again, err)
		}
		if why := Reason(cleaned, Known{}); why == "" && strings.Count(cleaned, "/") < 2 {
			t.Errorf("%q may be deleted", cleaned)
		}
	})
}

func TestParseMounts(t *testing.T) {
	text := "22 27 0:21 / /proc rw - proc proc rw\n30 27 8:1 / /mnt/a\\040b\\011\\134 rw - ext4 /dev/sda1 rw\n\nshort\n"
	if got := ParseMounts([]byte(text)); !slices.Equal(got, []string{"/proc", "/mnt/a b\t\\"}) {
		t.Errorf("%q", got)
	}
}
