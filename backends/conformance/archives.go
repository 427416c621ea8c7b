package conformance

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/proboscis/ml_nexus_go/core"
)

var archiveTests = []test{
	{"archives: save and load", testSaveAndLoad},
	{"archives: what is none", testBadArchives},
	{"archives: import", testImport},
	{"archives: where they cannot be", testArchivePlaces},
	{"archives: a failing reader and writer", testArchiveFailures},
	{"archives: cancel", testArchiveCancel},
	{"images: history and inspect", testHistory},
	{"images: transfer to itself", testTransferToItself},
}

func (f *fixture) saved(t *testing.T, images ...string) []byte {
	t.Helper()
	var archive bytes.Buffer
	result, err := f.ImageSave(t.Context(), core.SaveRequest{Images: images}, core.Streams{Stdout: &archive})
	if err != nil || result.Bytes != int64(archive.Len()) {
		t.Fatalf("got %+v of %d, %v", result, archive.Len(), err)
	}
	return archive.Bytes()
}

// load returns an archive as a stream, and again where the engine says that this helps.
func (f *fixture) load(t *testing.T, archive []byte) {
	t.Helper()
	for try := 1; ; try++ {
		_, err := f.ImageLoad(t.Context(), core.LoadRequest{}, core.Streams{Stdin: iotest.HalfReader(bytes.NewReader(archive))})
		var known *core.Error
		if errors.As(err, &known) && known.Details["reason"] == "lease_lost" && try < 5 {
			continue
		}
		if err != nil {
			t.Error(err)
		}
		return
	}
}

func testSaveAndLoad(t *testing.T, f *fixture) {
	name := f.tagged(t)
	path := filepath.Join(t.TempDir(), "image.tar")
	var progress []core.Progress
	watch := core.Streams{Event: func(event any) {
		if p, ok := event.(core.Progress); ok {
			progress = append(progress, p)
		}
	}}
	result, err := f.ImageSave(t.Context(), core.SaveRequest{Images: []string{name, busybox}, Path: path, Progress: true}, watch)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != result.Bytes || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v; want %d bytes", info, err, result.Bytes)
	}
	if len(progress) == 0 || progress[len(progress)-1].Done != result.Bytes {
		t.Errorf("progress: %v", progress)
	}
	f.untag(t, name)
	loaded, err := f.ImageLoad(t.Context(), core.LoadRequest{Path: path}, core.Streams{})
	if err != nil || len(loaded.Images) != 2 || !strings.Contains(strings.Join(loaded.Images, " "), name) {
		t.Errorf("got %+v, %v", loaded, err)
	}
	f.untag(t, name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.load(t, text)
	if !f.imageExists(t, name) {
		t.Error("it is not there")
	}
}

func testBadArchives(t *testing.T, f *fixture) {
	whole := f.saved(t, f.tagged(t))
	var other bytes.Buffer
	w := tar.NewWriter(&other)
	_ = w.WriteHeader(&tar.Header{Name: "hello", Size: 2, Mode: 0o644})
	_, _ = w.Write([]byte("hi"))
	_ = w.Close()
	for name, archive := range map[string][]byte{
		"empty": {}, "garbage": bytes.Repeat([]byte("garbage"), 1000), "another tar": other.Bytes(), "cut off": whole[:len(whole)/2],
	} {
		_, err := f.ImageLoad(t.Context(), core.LoadRequest{}, core.Streams{Stdin: bytes.NewReader(archive)})
		if core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%s: got %s: %v", name, core.KindOf(err), err)
		}
	}
}

func testArchivePlaces(t *testing.T, f *fixture) {
	dir := t.TempDir()
	save := func(image, path string) error {
		_, err := f.ImageSave(t.Context(), core.SaveRequest{Images: []string{image}, Path: path}, core.Streams{})
		return err
	}
	load := func(path string) error {
		_, err := f.ImageLoad(t.Context(), core.LoadRequest{Path: path}, core.Streams{})
		return err
	}
	wantKind(t, save("mlng-none:v1", filepath.Join(dir, "x.tar")), core.KindImageNotFound)
	wantKind(t, save(busybox, filepath.Join(dir, "none", "x.tar")), core.KindPathNotFound)
	wantKind(t, save(busybox, dir), core.KindInvalidArgument)
	wantKind(t, load(filepath.Join(dir, "x.tar")), core.KindPathNotFound)
	wantKind(t, load(dir), core.KindInvalidArgument)
	_, err := f.ImageSave(t.Context(), core.SaveRequest{}, core.Streams{Stdout: io.Discard})
	wantKind(t, err, core.KindInvalidArgument)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// failingWriter takes one part.
type failingWriter struct{ taken int }

var errFull = core.Errorf(core.KindPermissionDenied, "the reader wants no more")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.taken++; w.taken > 1 {
		return 0, errFull
	}
	return len(p), nil
}

func testArchiveFailures(t *testing.T, f *fixture) {
	_, err := f.ImageSave(t.Context(), core.SaveRequest{Images: []string{busybox}}, core.Streams{Stdout: &failingWriter{}})
	wantKind(t, err, core.KindPermissionDenied)
	whole := f.saved(t, f.tagged(t))
	broken := io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(errFull))
	_, err = f.ImageLoad(t.Context(), core.LoadRequest{}, core.Streams{Stdin: broken})
	wantKind(t, err, core.KindPermissionDenied)
}

// pausing gives a part and then nothing until it is closed.
type pausing struct {
	from    io.Reader
	waiting chan struct{}
	closed  <-chan struct{}
}

func (p *pausing) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	close(p.waiting)
	<-p.closed
	return 0, io.ErrClosedPipe
}

func testArchiveCancel(t *testing.T, f *fixture) {
	whole := f.saved(t, f.tagged(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The reader waits on after the call's end.
	source := &pausing{from: bytes.NewReader(whole[:len(whole)/2]), waiting: make(chan struct{}), closed: t.Context().Done()}
	done := goes(func() error {
		_, err := f.ImageLoad(ctx, core.LoadRequest{}, core.Streams{Stdin: source})
		return err
	})
	await(t, source.waiting, "the engine's reading")
	cancel()
	wantKind(t, await(t, done, "the end"), core.KindCancelled)

	dir := t.TempDir()
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	_, err := f.ImageSave(ctx, core.SaveRequest{Images: []string{busybox}, Path: filepath.Join(dir, "x.tar"), Progress: true}, core.Streams{
		Event: func(any) { cancel() },
	})
	wantKind(t, err, core.KindCancelled)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func testHistory(t *testing.T, f *fixture) {
	rows, err := f.ImageHistory(t.Context(), core.HistoryRequest{Image: busybox})
	if err != nil || len(rows) == 0 {
		t.Fatalf("got %d rows, %v", len(rows), err)
	}
	var row map[string]string
	if err := json.Unmarshal(rows[0], &row); err != nil || row["ID"] == "" || row["Size"] == "" || row["CreatedSince"] == "" {
		t.Errorf("got %s, %v", rows[0], err)
	}
	rows, err = f.ImageHistory(t.Context(), core.HistoryRequest{Image: busybox, NoTrunc: true, Raw: true})
	row = nil
	if err != nil || json.Unmarshal(rows[0], &row) != nil || !strings.HasPrefix(row["ID"], "sha256:") || strings.ContainsAny(row["Size"], "kMB") {
		t.Errorf("got %s, %v", rows, err)
	}
	raw, err := f.ImageInspect(t.Context(), core.ImageInspectRequest{Image: busybox})
	var info struct {
		ID           string `json:"Id"`
		Architecture string
	}
	if err != nil || json.Unmarshal(raw, &info) != nil || info.ID != row["ID"] || info.Architecture == "" {
		t.Errorf("got %s, %v", raw, err)
	}
	_, err = f.ImageHistory(t.Context(), core.HistoryRequest{Image: "mlng-none:v1"})
	wantKind(t, err, core.KindImageNotFound)
	_, err = f.ImageInspect(t.Context(), core.ImageInspectRequest{Image: "mlng-none:v1"})
	wantKind(t, err, core.KindImageNotFound)
	_, err = f.ImageInspect(t.Context(), core.ImageInspectRequest{Image: "../info"})
	wantKind(t, err, core.KindInvalidArgument)
}

func testTransferToItself(t *testing.T, f *fixture) {
	name := f.tagged(t)
	other := f.harness.Open(t)
	defer func() { _ = other.Close() }()
	moved, err := f.ImageTransfer(t.Context(), core.ImageTransferRequest{Image: name}, other, nil)
	if err != nil || !moved.Present || moved.Bytes != 0 || moved.ID == "" || moved.Reused != moved.Layers {
		t.Errorf("got %+v, %v", moved, err)
	}
	_, err = f.ImageTransfer(t.Context(), core.ImageTransferRequest{Image: "mlng-none:v1"}, other, nil)
	wantKind(t, err, core.KindImageNotFound)
	_, err = f.ImageTransfer(t.Context(), core.ImageTransferRequest{Image: name}, nil, nil)
	wantKind(t, err, core.KindInvalidArgument)
	_ = other.Close()
	_, err = f.ImageTransfer(t.Context(), core.ImageTransferRequest{Image: name}, other, nil)
	wantKind(t, err, core.KindClientClosed)
}
