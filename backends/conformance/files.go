package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var fileTests = []test{
	{"copy there and back", testCopy},
	{"copy errors", testCopyErrors},
	{"make folders", testMkdir},
}

func testCopy(t *testing.T, f *fixture) {
	name, dir := f.sleeper(t), t.TempDir()
	source := filepath.Join(dir, "source")
	if err := os.MkdirAll(filepath.Join(source, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{"a": "one", "sub/ü b": strings.Repeat("two", 100_000)} {
		if err := os.WriteFile(filepath.Join(source, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", filepath.Join(source, "link")); err != nil {
		t.Fatal(err)
	}
	sent, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: source, Container: name, Destination: "/there"}, nil)
	if err != nil || sent.Files == 0 || sent.Bytes < 300_003 {
		t.Fatalf("got %+v, %v", sent, err)
	}
	f.exec(t, name, "sh", "-c", "cd /there && cat a && readlink link && wc -c <'sub/ü b'").want(t, 0, "onea\n300000\n", "")
	back := filepath.Join(dir, "back")
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/there", Destination: back}, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(back, "sub", "ü b"))
	if err != nil || len(text) != 300_000 {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
	if to, err := os.Readlink(filepath.Join(back, "link")); err != nil || to != "a" {
		t.Errorf("got %q, %v", to, err)
	}
}

func testCopyErrors(t *testing.T, f *fixture) {
	name, dir := f.shared(t), t.TempDir()
	_, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: filepath.Join(dir, "none"), Container: name, Destination: "/x"}, nil)
	wantKind(t, err, core.KindPathNotFound)
	_, err = f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/none", Destination: dir}, nil)
	wantKind(t, err, core.KindPathNotFound)
	_, err = f.CopyTo(t.Context(), core.CopyToRequest{Source: dir, Container: "mlng-nothing", Destination: "/x"}, nil)
	wantKind(t, err, core.KindContainerNotFound)
}

func testMkdir(t *testing.T, f *fixture) {
	name := f.shared(t)
	for range 2 {
		if err := f.MkdirIn(t.Context(), core.MkdirInRequest{Container: name, Path: "/a/b c/d"}); err != nil {
			t.Fatal(err)
		}
	}
	f.exec(t, name, "test", "-d", "/a/b c/d").want(t, 0, "", "")
}
