package containerfs

import (
	"archive/tar"
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// FuzzFolderList: whatever an archive says, the list has names in the folder and nothing else,
// in the order of the archive, and no more than its bound.
func FuzzFolderList(f *testing.F) {
	pack := func(headers ...*tar.Header) []byte {
		var b bytes.Buffer
		to := tar.NewWriter(&b)
		for _, h := range headers {
			if err := to.WriteHeader(h); err != nil {
				f.Fatal(err)
			}
			_, _ = to.Write(make([]byte, h.Size))
		}
		_ = to.Close()
		return b.Bytes()
	}
	f.Add(pack(&tar.Header{Name: "./", Typeflag: tar.TypeDir}, &tar.Header{Name: "a", Size: 3}, &tar.Header{Name: "b", Typeflag: tar.TypeLink, Linkname: "a"}))
	f.Add(pack(&tar.Header{Name: "../up", Size: 1}, &tar.Header{Name: "/top"}, &tar.Header{Name: "d/below"}, &tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc"}))
	f.Add(pack(&tar.Header{Name: "same"}, &tar.Header{Name: "same", Size: 600}, &tar.Header{Name: "later", Typeflag: tar.TypeLink, Linkname: "missing"}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		const most = 4 << 10
		l := folderList{full: "/in", at: map[string]int{}, taken: bounded.Count{What: "the list", Limit: most}}
		_ = l.read(tar.NewReader(bytes.NewReader(archive)))
		if len(l.entries)*entrySize > most || len(l.linked) > len(l.entries) {
			t.Errorf("%d entries of %d bytes", len(l.entries), len(archive))
		}
		for _, e := range l.entries {
			if !core.SafeName(e.Name) || e.Path != path.Join("/in", e.Name) || e.Size < 0 || e.Mode&^0o7777 != 0 {
				t.Errorf("%+v", e)
			}
		}
	})
}

// FuzzAccount: the line of a user or a group is the first that a plain search finds.
func FuzzAccount(f *testing.F) {
	f.Add("root:x:0:0:root:/root:/bin/sh\nme:x:1000:1001::/home/me:\n", "me")
	f.Add("#me:x:1:1\n::::\nme:x:no:number\nme", "1000")
	f.Fuzz(func(t *testing.T, text, wanted string) {
		if strings.Contains(text, "\r") || len(text) > 1<<12 {
			return // a line of the file may end with one, and has a bound
		}
		found, err := findAccount(strings.NewReader(text), wanted)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(text, "\n") {
			fields := strings.Split(line, ":")
			if len(fields) < 4 || strings.HasPrefix(line, "#") || fields[0] != wanted && fields[2] != wanted {
				continue
			}
			if strings.Join(found, ":") != line {
				t.Errorf("%q, not %q", found, line)
			}
			return
		}
		if found != nil {
			t.Errorf("%q was found", found)
		}
	})
}

// TestOwnersOutOfRange: /etc/passwd can name a number that no user has, or one below zero.
func TestOwnersOutOfRange(t *testing.T) {
	entry, err := findAccount(strings.NewReader("big:x:10000000000000000000:0::/:\nme:x:1000:2147483647::/:\nless:x:7:-1::/:\n"), "big")
	if err != nil || (ownership{uid: number(entry, 2)}).inRange("big", "") == nil {
		t.Errorf("%q, %v", entry, err)
	}
	for owner, fine := range map[ownership]bool{{0, 0}: true, {1000, maxID}: true, {7, -1}: false, {-1, 7}: false, {0, maxID + 1}: false} {
		if err := owner.inRange("me", "us"); (err == nil) != fine {
			t.Errorf("%+v: %v", owner, err)
		}
	}
}
