package containersync

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// lying is the file system of a container whose engine sends an archive of its own.
type lying struct {
	localfs.FS
	archived *archivedFS
}

func (l lying) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	return l.archived.Tree(ctx, root)
}

// syncArchive syncs from an engine that answers with an archive, whatever it is asked.
func syncArchive(t *testing.T, archive []byte, deletes bool) (base string, report core.SyncReport, err error) {
	t.Helper()
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Docker-Container-Path-Stat", "e30=")
		_, _ = w.Write(archive)
	}))
	defer engine.Close()
	api, err := client.NewClientWithOpts(client.WithHost("tcp://"+engine.Listener.Addr().String()), client.WithVersion("1.41"))
	if err != nil {
		t.Fatal(err)
	}
	base = t.TempDir()
	source, here := filepath.Join(base, "src"), filepath.Join(base, "here")
	for _, folder := range []string{source, filepath.Join(here, "kept"), filepath.Join(base, "outside")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside", filepath.Join(here, "link")); err != nil {
		t.Fatal(err)
	}
	from := lying{archived: &archivedFS{api: api, id: "x"}}
	report, err = hostfiles.New(from, localfs.FS{}).SyncFrom(t.Context(), core.SyncRequest{Source: source, Destination: here, Delete: deletes, HardLinks: true}, nil)
	for folder, want := range map[string]int{"": 3, "outside": 0, "src": 0} {
		if entries, err := os.ReadDir(filepath.Join(base, folder)); err != nil || len(entries) != want {
			t.Errorf("%q: %v, %v", folder, entries, err)
		}
	}
	return base, report, err
}

func archiveOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := range headers {
		h := &headers[i]
		if h.Mode == 0 {
			h.Mode = 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, bytes.NewReader(bytes.Repeat([]byte("x"), int(h.Size))), h.Size); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var top = tar.Header{Name: "src/", Typeflag: tar.TypeDir}

func file(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 4} }

// TestAHostileArchiveWritesNowhereElse: it is refused before anything is made or deleted.
func TestAHostileArchiveWritesNowhereElse(t *testing.T) {
	folder := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeDir} }
	way := tar.Header{Name: "src/way", Typeflag: tar.TypeSymlink, Linkname: "../outside"}
	for name, headers := range map[string][]tar.Header{
		"a file above":         {file("src/../pwned")},
		"an absolute name":     {file("/tmp/pwned")},
		"another top":          {file("other/pwned")},
		"behind a link":        {way, file("src/way/pwned")},
		"in no folder":         {file("src/none/pwned")},
		"below a file":         {file("src/f"), file("src/f/pwned")},
		"twice":                {file("src/f"), file("src/f")},
		"the folder itself":    {folder("src/.")},
		"an empty name":        {folder("src/a"), file("src/a//b")},
		"a link to the host's": {{Name: "src/l", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}},
		"a link to itself":     {{Name: "src/l", Typeflag: tar.TypeLink, Linkname: "src/l"}},
		"a link to a folder":   {folder("src/a"), {Name: "src/l", Typeflag: tar.TypeLink, Linkname: "src/a"}},
	} {
		base, report, err := syncArchive(t, archiveOf(t, append([]tar.Header{top}, headers...)...), true)
		if core.KindOf(err) != core.KindEngineError {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
		if entries, err := os.ReadDir(filepath.Join(base, "here")); err != nil || len(entries) != 2 {
			t.Errorf("%s: %v, %v", name, entries, err)
		}
	}
}

// TestACutArchiveDeletesNothing: not even one that is cut where a file ends.
func TestACutArchiveDeletesNothing(t *testing.T) {
	whole := archiveOf(t, top, file("src/a"), file("src/b"))
	for _, size := range []int{0, 512, 512 * 3, 512 * 4, 512*5 + 1, len(whole) - endMark, len(whole) - 512} {
		base, report, err := syncArchive(t, whole[:size], true)
		if core.KindOf(err) != core.KindConnectionLost || report.Deleted > 0 || report.FilesSent > 0 {
			t.Errorf("%d bytes: %+v, %v", size, report, err)
		}
		if entries, err := os.ReadDir(filepath.Join(base, "here")); err != nil || len(entries) != 2 {
			t.Errorf("%d bytes: %v, %v", size, entries, err)
		}
	}
	if _, report, err := syncArchive(t, whole, true); err != nil || report.Deleted != 2 || report.FilesSent != 2 {
		t.Errorf("whole: %+v, %v", report, err)
	}
}

// FuzzArchive: whatever an engine sends, nothing is made outside the destination.
func FuzzArchive(f *testing.F) {
	f.Add(archiveOf(f, top, file("src/a")), true)
	f.Add(archiveOf(f, top, file("src/../a")), false)
	f.Add(archiveOf(f, top, file("src/a"), tar.Header{Name: "src/b", Typeflag: tar.TypeLink, Linkname: "src/a"}), true)
	f.Add(archiveOf(f, top, tar.Header{Name: "src/link/", Typeflag: tar.TypeDir}, file("src/link/x")), true)
	f.Fuzz(func(t *testing.T, archive []byte, deletes bool) {
		_, _, _ = syncArchive(t, archive, deletes)
	})
}
