package build

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tonistiigi/fsutil"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

const logSize = 1 << 20

// contextWithLog is a context with a file that resize gives another size.
func contextWithLog(t *testing.T) (files fsutil.FS, watch *localfiles.Trouble, resize func(size int64)) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	if err := os.WriteFile(path, make([]byte, logSize), 0o644); err != nil {
		t.Fatal(err)
	}
	watch = &localfiles.Trouble{}
	files, err := localfiles.Watch(dir, "the context", watch)
	if err != nil {
		t.Fatal(err)
	}
	return files, watch, func(size int64) {
		if err := os.Truncate(path, size); err != nil {
			t.Error(err)
		}
	}
}

// TestBuildKitGetsWhatAFileHad reads as fsutil does, and has the file grow with each piece.
func TestBuildKitGetsWhatAFileHad(t *testing.T) {
	files, _, resize := contextWithLog(t)
	file, err := files.Open("log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	piece := make([]byte, 32<<10)
	for got, size := int64(0), int64(logSize); ; {
		n, err := file.Read(piece)
		if got += int64(n); err == io.EOF && got == logSize {
			return
		}
		if err != nil || got > logSize {
			t.Fatalf("%d bytes, %v", got, err)
		}
		size += int64(len(piece))
		resize(size)
	}
}

// TestClassicContextKeepsItsHeaders changes a file between its header and its content.
func TestClassicContextKeepsItsHeaders(t *testing.T) {
	for _, size := range []int64{2 * logSize, logSize / 2} {
		files, watch, resize := contextWithLog(t)
		body := archive(t.Context(), files, watch)
		reader := tar.NewReader(body)
		header, err := reader.Next()
		if err != nil || header.Size != logSize {
			t.Fatalf("%+v, %v", header, err)
		}
		resize(size)
		n, err := io.Copy(io.Discard, reader)
		if err == nil {
			_, err = reader.Next()
		}
		grew := size > logSize
		if grew && (n != logSize || err != io.EOF || watch.First() != nil) {
			t.Errorf("it grew: %d bytes, %v, %v", n, err, watch.First())
		}
		if !grew && core.KindOf(watch.First()) != core.KindConflict {
			t.Errorf("it became shorter: %d bytes, %v, %v", n, err, watch.First())
		}
		_ = body.Close()
	}
}
