package localfs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	one, err := os.Lstat(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.Lstat(b)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(one, other)
}

// TestFilesAreLinksToTheSourceWhereWanted syncs with LinkSource into a new folder, over
// other files, and where nothing changed.
func TestFilesAreLinksToTheSourceWhereWanted(t *testing.T) {
	source, destination := filepath.Join(t.TempDir(), "source"), filepath.Join(t.TempDir(), "destination")
	write(t, filepath.Join(source, "a"), "a")
	write(t, filepath.Join(source, "sub", "b"), "b")
	write(t, filepath.Join(source, "skipped.pyc"), "c")
	write(t, filepath.Join(destination, "a"), "another")
	files := hostfiles.New(FS{}, FS{})
	req := core.SyncRequest{Source: source, Destination: destination, LinkSource: true, Excludes: []string{"*.pyc"}}
	for _, sent := range []int64{2, 0} {
		report, err := files.Sync(t.Context(), req, nil)
		if err != nil {
			t.Fatal(err)
		}
		if report.FilesSent != sent || report.BytesSent != 0 {
			t.Errorf("sent %d files and %d bytes, want %d and 0", report.FilesSent, report.BytesSent, sent)
		}
	}
	for _, name := range []string{"a", "sub/b"} {
		if !sameFile(t, filepath.Join(source, name), filepath.Join(destination, name)) {
			t.Errorf("%s is no link to the source's", name)
		}
	}
	names, err := filepath.Glob(filepath.Join(destination, "*"))
	if err != nil || len(names) != 2 {
		t.Errorf("the destination holds %v, %v, want a and sub", names, err)
	}
}

// TestWhatCannotBeLinkedIsCopied syncs to another file system.
func TestWhatCannotBeLinkedIsCopied(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "mlng-link-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(other)
	source := t.TempDir()
	write(t, filepath.Join(source, "a"), "a")
	report, err := hostfiles.New(FS{}, FS{}).Sync(
		t.Context(), core.SyncRequest{Source: source, Destination: filepath.Join(other, "copy"), LinkSource: true}, nil)
	if err != nil || report.FilesSent != 1 || report.BytesSent != 1 {
		t.Fatalf("%+v, %v, want one file of one byte", report, err)
	}
	if sameFile(t, filepath.Join(source, "a"), filepath.Join(other, "copy", "a")) {
		t.Error("the file systems are one: this test shows nothing")
	}
}
