package transfer

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/core"
)

// imageArchive packs files as an engine's archive of an image.
func imageArchive(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, file := range files {
		name, content, _ := strings.Cut(file, "=")
		header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o600}
		if link, target, is := strings.Cut(file, "->"); is {
			header, content = &tar.Header{Typeflag: tar.TypeSymlink, Name: link, Linkname: target}, ""
		}
		if err := errors.Join(archive.WriteHeader(header), second(archive.Write([]byte(content)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func second(_ int, err error) error { return err }

// TestUnsafeImageArchives: an engine's archive whose names lead out of it is refused.
func TestUnsafeImageArchives(t *testing.T) {
	for _, entry := range []string{"../x=y", "/x=y", "a/../../x=y", "..=y", "layer.tar->../../x", "a/layer.tar->/etc/passwd"} {
		s, err := newSpool(t.TempDir(), bytes.NewReader(imageArchive(t, "manifest.json=[]", entry)))
		var known *core.Error
		if !errors.As(err, &known) || known.Details["reason"] != "unsafe_archive" {
			t.Errorf("%s: %v", entry, err)
		}
		if s != nil {
			s.close()
		}
	}
	s, err := newSpool(t.TempDir(), bytes.NewReader(imageArchive(t, "./b/layer.tar=x", "a/layer.tar->../b/layer.tar")))
	if err != nil || s.resolve("a/layer.tar") != "b/layer.tar" {
		t.Fatal(err)
	}
	s.close()
}

// TestImageArchiveOfManyManifests: indexes that name each other are not followed for ever.
func TestImageArchiveOfManyManifests(t *testing.T) {
	blob := func(content string) (path, digested string) {
		d := digest.FromString(content)
		return blobPath(d) + "=" + content, d.String()
	}
	descriptors := func(of string, n int) string {
		one, _ := json.Marshal(map[string]string{"digest": of})
		return `{"manifests":[` + strings.TrimSuffix(strings.Repeat(string(one)+",", n), ",") + `]}`
	}
	files, last := []string{}, digest.FromString("nothing").String()
	for range 4 {
		file, d := blob(descriptors(last, 200))
		files, last = append(files, file), d
	}
	s, err := newSpool(t.TempDir(), bytes.NewReader(imageArchive(t, append(files, "index.json="+descriptors(last, 200))...)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if _, err := s.blobs(); err == nil || !strings.Contains(err.Error(), "manifests") {
		t.Error(err)
	}
}

// FuzzImageSpool: an archive is refused, or what is left out of it was in it.
func FuzzImageSpool(f *testing.F) {
	config := `{"rootfs":{"diff_ids":["sha256:aa"]}}`
	f.Add(imageArchive(f, `manifest.json=[{"Config":"c.json","Layers":["a/layer.tar"]}]`, "c.json="+config, "a/layer.tar=x"), false)
	f.Add(imageArchive(f, `index.json={"manifests":[{"digest":"sha256:bb"}]}`, `blobs/sha256/bb={"config":{"digest":"sha256:cc"},"layers":[{"digest":"sha256:dd"}]}`, "blobs/sha256/cc="+config, "blobs/sha256/dd=x"), true)
	f.Add(imageArchive(f, "a/layer.tar->a/layer.tar", "../x=y"), false)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, sent []byte, containerd bool) {
		s, err := newSpool(dir, bytes.NewReader(sent))
		if err != nil {
			return
		}
		defer s.close()
		target := &targetLayers{chains: map[digest.Digest]bool{"sha256:aa": true}, containerd: containerd}
		left, err := s.plan(target)
		if err != nil {
			return
		}
		for name := range left.out {
			if !core.SafePath(name) {
				t.Errorf("%q is left out", name)
			}
		}
		body := s.without(left)
		if n, err := io.Copy(io.Discard, body); err == nil && n > 2*s.size+1<<20 {
			t.Errorf("%d bytes of %d", n, s.size)
		}
		_ = body.Close()
	})
}
