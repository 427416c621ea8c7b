package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/hostfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestHostLargeFiles(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		source, there, back := t.TempDir(), t.TempDir(), t.TempDir()
		stamp := time.Unix(1_600_000_000, 123_456_789)
		for _, name := range []string{"s", "s/new\nline \xff"} {
			path := filepath.Join(source, name)
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
			file := someFile(t, path, "large", bulkSize+7)
			if err := errors.Join(os.Chmod(file, 0o640), os.Chtimes(file, stamp, stamp)); err != nil {
				t.Fatal(err)
			}
		}
		var last core.Progress
		up, err := e.Upload(t.Context(), core.UploadRequest{Source: source, Destination: there, Checksum: true, Progress: true}, func(p core.Progress) { last = p })
		if err != nil || up.Files != 2 || up.Bytes != 2*(bulkSize+7) || last.Done != up.Bytes || last.Total != up.Bytes {
			t.Errorf("%+v, %v, %+v", up, err, last)
		}
		down, err := e.Download(t.Context(), core.DownloadRequest{Source: there, Destination: back, Checksum: true, Progress: true}, func(p core.Progress) { last = p })
		if err != nil || down.Files != 2 || down.Bytes != 2*(bulkSize+7) || last.Done != down.Bytes || last.Total != down.Bytes {
			t.Errorf("%+v, %v, %+v", down, err, last)
		}
		want := portray(t, source)
		sameTrees(t, want, portray(t, there))
		sameTrees(t, want, portray(t, back))
		for _, dir := range []string{there, back} {
			info, err := os.Stat(filepath.Join(dir, "s", "large"))
			if err != nil || !info.ModTime().Equal(stamp) {
				t.Errorf("%v, %v", info, err)
			}
		}
		nothingStays(t, e)
	})
}

// A file that becomes shorter or cannot be read leaves nothing, and may go another way.
func TestHostPutOfABrokenSource(t *testing.T) {
	t.Parallel()
	hostOnEngines(t, func(t *testing.T, s *hostfs.FS, _ core.HostFiles) {
		dir := t.TempDir()
		tree, err := s.Tree(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		putter := tree.(hostfiles.Putter)
		var moved int64
		for what, content := range map[string]string{"short": strings.Repeat("x", 1<<20), "nothing": ""} {
			path := ".mlng-part-0123456789abcdef"
			err := putter.Put(t.Context(), path, iotest.HalfReader(strings.NewReader(content)), bulkSize, &hostfiles.Entry{UID: hostfiles.NoOwner, Mode: 0o600}, func(n int64) { moved += n })
			if !errors.Is(err, hostfiles.ErrNotPut) || moved != 0 {
				t.Errorf("%s: %v, %d bytes count", what, err, moved)
			}
			wantNames(t, dir)
		}
	})
}

// What is not what was opened is not read by its name.
func TestHostStreamOfAnotherFile(t *testing.T) {
	t.Parallel()
	hostOnEngines(t, func(t *testing.T, s *hostfs.FS, _ core.HostFiles) {
		dir := t.TempDir()
		path := someFile(t, dir, "f", 100)
		secret := someFile(t, t.TempDir(), "secret", 100)
		tree, err := s.Tree(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := tree.Open(t.Context(), "f")
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		if err := errors.Join(os.Remove(path), os.Symlink(secret, path)); err != nil {
			t.Fatal(err)
		}
		if content, err := reader.(hostfiles.Streamer).Stream(t.Context()); err == nil {
			_ = content.Close()
			t.Error("a link was read")
		}
	})
}
