package conformance

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// filesArchive is a tar archive of one file.
func filesArchive(t *testing.T, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	err := w.WriteHeader(&tar.Header{Name: "greeting", Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func testImport(t *testing.T, f *fixture) {
	ctx, label := t.Context(), "mlng-test="+uuid.NewString()
	name := "mlng-conf-import:" + uuid.NewString()
	req := core.ImportRequest{Tag: name, Changes: []string{`CMD ["/greeting"]`, "LABEL " + label}, Message: "why"}
	made, err := f.ImageImport(ctx, req, core.Streams{Stdin: bytes.NewReader(filesArchive(t, "hello"))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.untag(t, name) })
	raw, err := f.ImageInspect(ctx, core.ImageInspectRequest{Image: name})
	var about struct {
		ID     string `json:"Id"`
		Config struct{ Cmd []string }
	}
	if err != nil || json.Unmarshal(raw, &about) != nil || about.ID != made.ID || len(about.Config.Cmd) != 1 {
		t.Errorf("got %+v; the engine has %s, %v", made, raw, err)
	}
	// A name that an image has stays there until another one is complete.
	for _, content := range [][]byte{bytes.Repeat([]byte("x"), 5000), filesArchive(t, string(make([]byte, 100_000)))[:50_000]} {
		_, err = f.ImageImport(ctx, req, core.Streams{Stdin: bytes.NewReader(content)})
		wantKind(t, err, core.KindInvalidArgument)
	}
	ending, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	ended := goes(func() error { _, err := f.ImageImport(ending, req, core.Streams{Stdin: reader}); return err })
	_, _ = writer.Write(filesArchive(t, string(make([]byte, 100_000)))[:50_000])
	cancel()
	wantKind(t, await(t, ended, "the end of the import"), core.KindCancelled)
	if ids := f.imagesWith(t, label); len(ids) != 1 || ids[0] != made.ID {
		t.Errorf("there are images %v, not %s alone", ids, made.ID)
	}
}

// imagesWith returns the IDs of the images with a label.
func (f *fixture) imagesWith(t *testing.T, label string) (ids []string) {
	t.Helper()
	raw, err := f.Images(t.Context(), core.ImageListRequest{All: true, Filters: map[string][]string{"label": {label}}})
	var rows []struct {
		ID string `json:"Id"`
	}
	if err != nil || json.Unmarshal(raw, &rows) != nil {
		t.Fatalf("%s, %v", raw, err)
	}
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}
