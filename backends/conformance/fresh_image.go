package conformance

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// fresh loads an image with a layer that nobody has, of about the given bytes, and
// gives what the engine calls it. Without a name it has an ID only. It bears the label
// mlng-conf with its own value, and is removed with the test.
func (f *fixture) fresh(t *testing.T, name string, bytes int) (loaded, label string) {
	t.Helper()
	label = "mlng-conf=" + uuid.NewString()
	result, err := f.ImageLoad(t.Context(), core.LoadRequest{}, core.Streams{Stdin: freshArchive(t, name, label, bytes)})
	if err != nil || len(result.Images) != 1 {
		t.Fatalf("got %+v, %v", result, err)
	}
	loaded = result.Images[0]
	t.Cleanup(func() { f.untag(t, loaded) })
	return loaded, label
}

// freshArchive is the archive of such an image, as docker save wrote it in old days.
func freshArchive(t *testing.T, name, label string, size int) *bytes.Buffer {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content)
	layer := tarOf(t, map[string][]byte{"random": content})
	id := sha256.Sum256(layer)
	config := asJSON(t, map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": "2020-01-01T00:00:00Z",
		"config":  map[string]any{"Cmd": []string{"/none"}, "Labels": map[string]string{label[:len("mlng-conf")]: label[len("mlng-conf="):]}},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(id[:])}},
		"history": []map[string]string{{"created_by": "fresh"}},
	})
	image := map[string]any{"Config": "config.json", "Layers": []string{"layer.tar"}}
	if name != "" {
		image["RepoTags"] = []string{name}
	}
	return bytes.NewBuffer(tarOf(t, map[string][]byte{
		"config.json": config, "layer.tar": layer, "manifest.json": asJSON(t, []any{image}),
	}))
}

func tarOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
