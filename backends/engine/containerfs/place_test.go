package containerfs

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestPlaceCopy(t *testing.T) {
	file := Source{path: "/s/f"}
	link := Source{path: "/s/real", rename: "link"}
	folder := Source{path: "/s/d", isDir: true}
	content := Source{path: "/s/d/.", isDir: true}
	here := Target{path: "/t/d", exists: true, isDir: true}
	taken := Target{path: "/t/f", exists: true}
	for _, c := range []struct {
		title string
		src   Source
		dst   Target
		dir   string
		name  string
		kind  core.Kind
	}{
		{"a file into a folder", file, here, "/t/d", "f", ""},
		{"a file over a file", file, taken, "/t", "f", ""},
		{"a file under a new name", file, Target{path: "/t/new"}, "/t", "new", ""},
		{"a file into a folder that is missing", file, Target{path: "/t/new/"}, "", "", core.KindPathNotFound},
		{"a file into content that is missing", file, Target{path: "/t/new/."}, "", "", core.KindPathNotFound},
		{"a link's file keeps the link's name", link, here, "/t/d", "link", ""},
		{"a link's file under a new name", link, Target{path: "/t/new"}, "/t", "new", ""},
		{"a folder into a folder", folder, here, "/t/d", "d", ""},
		{"a folder with a slash into a folder", Source{path: "/s/d/", isDir: true}, here, "/t/d", "d", ""},
		{"a folder into a folder with a slash", folder, Target{path: "/t/d/", exists: true, isDir: true}, "/t/d/", "d", ""},
		{"a folder under a new name", folder, Target{path: "/t/new"}, "/t", "new", ""},
		{"a folder under a new name with a slash", folder, Target{path: "/t/new/"}, "/t", "new", ""},
		{"a folder over a file", folder, taken, "", "", core.KindConflict},
		{"content into a folder", content, here, "/t/d", ".", ""},
		{"content under a new name", content, Target{path: "/t/new"}, "/t", "new", ""},
		{"content over a file", content, taken, "", "", core.KindConflict},
		{"a folder as content that is missing", folder, Target{path: "/t/new/."}, "/t/new", ".", ""},
		{"the root into a folder", Source{path: "/", isDir: true}, here, "/t/d", ".", ""},
		{"a relative destination", file, Target{path: "new"}, ".", "new", ""},
		{"the name -", Source{path: "/s/-"}, here, "/t/d", "-", ""},
	} {
		t.Run(c.title, func(t *testing.T) {
			dir, name, err := placeCopy(c.src, c.dst)
			if dir != c.dir || name != c.name || core.KindOf(err) != c.kind {
				t.Errorf("placeCopy() = %q, %q, %v; want %q, %q, %q", dir, name, err, c.dir, c.name, c.kind)
			}
		})
	}
}

func TestCleanCopyPath(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b": "/a/b", "/a/b/": "/a/b/", "/a/b/.": "/a/b/.", "/a//b/./": "/a/b/.", "/a/../b/": "/b/",
		"/": "/", "/.": "/.", "/a/..": "/", "/a/b/..": "/a", "a": "a",
	} {
		if got := cleanCopyPath(in); got != want {
			t.Errorf("cleanCopyPath(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestServedBase(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b": "b", "/a/b/": "b", "/a/b/.": ".", "/": "/", "/.": ".", ".": ".", "a": "a", "/a/..": "/",
	} {
		if got := servedBase(in); got != want {
			t.Errorf("servedBase(%q) = %q; want %q", in, got, want)
		}
	}
}
