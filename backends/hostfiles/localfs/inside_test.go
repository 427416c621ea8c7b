package localfs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestNothingLeadsOut: whoever asks, a path with a folder above is refused.
func TestNothingLeadsOut(t *testing.T) {
	base := t.TempDir()
	dir, outside := filepath.Join(base, "dir"), filepath.Join(base, "outside")
	for _, d := range []string{filepath.Join(dir, "sub"), outside} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{filepath.Join(outside, "f"), filepath.Join(dir, "f")} {
		if err := os.WriteFile(file, []byte("four"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := FS{}.Tree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	ctx, want := t.Context(), &hostfiles.Entry{UID: hostfiles.NoOwner, GID: hostfiles.NoOwner, Mode: 0o4777}
	for _, path := range []string{"../outside/f", "sub/../../outside/f", "..", "sub/..", ".", "./f", "sub/", "/f", outside + "/f", "x\x00y"} {
		for what, do := range map[string]func() error{
			"ReadDir":      func() error { _, err := tree.ReadDir(ctx, path); return err },
			"Lstat":        func() error { _, err := tree.Lstat(ctx, path); return err },
			"Open":         func() error { _, err := tree.Open(ctx, path); return err },
			"Create":       func() error { _, err := tree.Create(ctx, path+"2"); return err },
			"Reopen":       func() error { _, err := tree.Reopen(ctx, path); return err },
			"Mkdir":        func() error { return tree.Mkdir(ctx, path) },
			"Symlink":      func() error { return tree.Symlink(ctx, "x", path) },
			"Link from":    func() error { return tree.Link(ctx, path, "new") },
			"Link to":      func() error { return tree.Link(ctx, "f", path) },
			"Rename from":  func() error { return tree.Rename(ctx, path, "new") },
			"Rename to":    func() error { return tree.Rename(ctx, "f", path) },
			"Remove":       func() error { return tree.Remove(ctx, path, false) },
			"RemoveFolder": func() error { return tree.Remove(ctx, path, true) },
			"Set":          func() error { return tree.Set(ctx, path, nil, want) },
		} {
			if what == "Create" && core.SafePath(path+"2") {
				continue // another name
			}
			if err := do(); core.KindOf(err) != core.KindInternalError {
				t.Errorf("%s of %q: %v", what, path, err)
			}
		}
	}
	for folder, want := range map[string]int{outside: 1, dir: 2, base: 2} {
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != want {
			t.Errorf("%s has %v, %v", folder, entries, err)
		}
	}
}
