package protect

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// FuzzKnown: what a host tells of itself gives clean, absolute homes, one mount for each line at
// most, and a text without escapes as it is.
func FuzzKnown(f *testing.F) {
	f.Add([]byte("36 35 98:0 / /mnt/a\\040b rw - ext4 /dev/x rw\nroot:x:0:0::/root:/bin/sh\n"))
	f.Add([]byte("1 2 3 4 \\\\999\\04 x\nme:x:1:1:,,,:/home/../home/me/:\na:b:c:d:e:/\n"))
	f.Add([]byte("1 2 3:4 / / rw - overlay overlay rw,lowerdir=/d/" + containerdPlugin + "/1:/e/" + containerdPlugin))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := strings.Count(string(text), "\n") + 1
		homes := ParseHomes(text)
		for _, home := range homes {
			if !path.IsAbs(home) || path.Clean(home) != home || home == "/" {
				t.Errorf("the home %q", home)
			}
		}
		if !slices.IsSorted(homes) || len(homes) > lines {
			t.Errorf("%q", homes)
		}
		mounts := ParseMounts(text)
		if len(mounts) > lines {
			t.Errorf("%d mounts in %d lines", len(mounts), lines)
		}
		for _, mount := range mounts {
			if !strings.Contains(string(text), "\\") && !strings.Contains(string(text), mount) {
				t.Errorf("the mount %q", mount)
			}
		}
		for _, root := range ParseContainerd(text) {
			if !strings.HasPrefix(root, "/") {
				t.Errorf("the root %q", root)
			}
		}
	})
}
