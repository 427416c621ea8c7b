package hostfiles

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestCheckDelete(t *testing.T) {
	mounts := []string{"/", "/proc", "/data", "/mnt/disk", "/srv/deep/er/"}
	good := map[string]string{
		"/data/x":            "/data/x",
		"/data//x/./y/":      "/data/x/y",
		"/data/x/../y":       "/data/y",
		"/data/a/b/../../c":  "/data/c",
		"/mnt/disk/x":        "/mnt/disk/x",
		"/mnt/diskette":      "/mnt/diskette",
		"/home/me/cache":     "/home/me/cache",
		"/tmp/x":             "/tmp/x",
		"/var/tmp/x":         "/var/tmp/x",
		"/usr/local/share/x": "/usr/local/share/x",
		"/dev/shm/x":         "/dev/shm/x",
		"/scratch":           "/scratch",
		"/data/~":            "/data/~",
		"/data/..x":          "/data/..x",
		"/data/ ":            "/data/ ",
		"/data/a\nb":         "/data/a\nb",
	}
	for asked, want := range good {
		if got, err := CheckDelete(asked, mounts); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", asked, got, err, want)
		}
	}
	bad := []string{
		"", "/", "//", "/.", "/..", "/../", "/a/..", "/a/../", "/a/../b", "/data/../etc", "/a/b/../../..", "/a/../../b", "/./..",
		"~", "~/x", "~root", "x", "./x", "../x", "data/x", " /data", "-rf", "*", "/data\x00/x", "\x00",
		"/bin", "/boot", "/dev", "/etc", "/etc/", "/home", "/lib", "/lib64", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin",
		"/srv", "/sys", "/tmp", "/tmp/", "/tmp/.", "/tmp/x/..", "/usr", "/var", "/Users", "/System",
		"/proc/1", "/proc/self/fd/3", "/sys/fs/x", "/dev/null", "/dev/shm",
		"/home/me", "/home/me/", "/home/me/x/..", "/Users/me", "/usr/bin", "/usr/local", "/var/lib", "/var/tmp", "/etc/ssh",
		"/data", "/data/", "/data/x/..", "/mnt/disk", "/mnt/./disk", "/srv/deep", "/srv/deep/er",
	}
	for _, asked := range bad {
		if got, err := CheckDelete(asked, mounts); core.KindOf(err) != core.KindInvalidArgument || got != "" {
			t.Errorf("%q: got %q, %v; want a refusal", asked, got, err)
		}
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

func FuzzCheckDelete(f *testing.F) {
	f.Add("/a/../b")
	f.Add("/tmp/..")
	f.Fuzz(func(t *testing.T, asked string) {
		cleaned, err := CheckDelete(asked, nil)
		if err != nil {
			return
		}
		if again, err := CheckDelete(cleaned, nil); err != nil || again != cleaned {
			t.Errorf("%q became %q, which is refused or changed: %q, %v", asked, cleaned, again, err)
		}
		if len(cleaned) < 2 || cleaned[0] != '/' {
			t.Errorf("%q became %q", asked, cleaned)
		}
	})
}
