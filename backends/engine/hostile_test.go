package engine

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// FuzzDemux: what comes out was sent, whatever an engine sends.
func FuzzDemux(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x05hello\x02\x00\x00\x00\x00\x00\x00\x01!"), false)
	f.Add([]byte("\x00\x00\x00\x00\xff\xff\xff\xffx"), false)
	f.Add([]byte("\x03\x00\x00\x00\x00\x00\x00\x00"), false)
	f.Add([]byte("raw"), true)
	f.Fuzz(func(t *testing.T, sent []byte, tty bool) {
		var out, errOut bytes.Buffer
		err := streams.Demux(iotest.HalfReader(bytes.NewReader(sent)), tty, &out, &errOut)
		if out.Len()+errOut.Len() > len(sent) || tty && (err != nil || !bytes.Equal(out.Bytes(), sent)) {
			t.Errorf("%q and %q, %v", out.Bytes(), errOut.Bytes(), err)
		}
	})
}

// TestDurableOutputHoldsNothingBack: only what may be the last line waits, and that is
// short, whatever follows the mark.
func TestDurableOutputHoldsNothingBack(t *testing.T) {
	for name, c := range map[string]struct{ sent, out, end string }{
		"an end":          {"text\x1em 7\nmore", "text", "7"},
		"a word":          {"\x1em killed\n", "", "killed"},
		"no newline":      {"\x1em " + strings.Repeat("x", 1<<20), "\x1em " + strings.Repeat("x", 1<<20), ""},
		"a newline at on": {"\x1em \ntext\x1em 0\n", "\x1em \ntext", "0"},
		"too long an end": {"\x1em " + strings.Repeat("9", 40) + "\n\x1em 1\n", "\x1em " + strings.Repeat("9", 40) + "\n", "1"},
		"half a mark":     {"a\x1e\x1em 3\n", "a\x1e", "3"},
	} {
		for piece, wrap := range map[string]func(io.Reader) io.Reader{"at once": func(r io.Reader) io.Reader { return r }, "bytewise": iotest.OneByteReader} {
			var out bytes.Buffer
			o := &durableOutput{to: &out, head: []byte("\x1em "), ended: func() {}}
			most := 0
			_, err := io.Copy(writeFunc(func(p []byte) (int, error) {
				n, err := o.Write(p)
				most = max(most, len(o.held))
				return n, err
			}), wrap(strings.NewReader(c.sent)))
			if err != nil || out.String() != c.out || o.end != c.end || most > 64 {
				t.Errorf("%s, %s: %d bytes out, end %q, %d held, %v", name, piece, out.Len(), o.end, most, err)
			}
		}
	}
}

type writeFunc func([]byte) (int, error)

func (w writeFunc) Write(p []byte) (int, error) { return w(p) }

// FuzzDurableOutput: in whatever pieces an output comes, the same comes out.
func FuzzDurableOutput(f *testing.F) {
	f.Add([]byte("text\x1emark 0\n"), 3)
	f.Add([]byte("\x1e\x1emark \x1emark killed\nmore"), 1)
	f.Fuzz(func(t *testing.T, sent []byte, piece int) {
		read := func(size int) (string, string) {
			var out bytes.Buffer
			o := &durableOutput{to: &out, head: []byte("\x1emark "), ended: func() {}}
			for rest := sent; len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := o.Write(rest[:n:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			return out.String() + string(o.held), o.end
		}
		whole, end := read(len(sent) + 1)
		pieces, again := read(1 + (piece&0xff)%7)
		if whole != pieces || end != again {
			t.Errorf("%q with %q in pieces, %q with %q at once", pieces, again, whole, end)
		}
	})
}

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
		s, err := newSpool(core.Environ{"TMPDIR": t.TempDir()}, bytes.NewReader(imageArchive(t, "manifest.json=[]", entry)))
		var known *core.Error
		if !errors.As(err, &known) || known.Details["reason"] != "unsafe_archive" {
			t.Errorf("%s: %v", entry, err)
		}
		if s != nil {
			s.close()
		}
	}
	s, err := newSpool(core.Environ{"TMPDIR": t.TempDir()}, bytes.NewReader(imageArchive(t, "./b/layer.tar=x", "a/layer.tar->../b/layer.tar")))
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
	s, err := newSpool(core.Environ{"TMPDIR": t.TempDir()}, bytes.NewReader(imageArchive(t, append(files, "index.json="+descriptors(last, 200))...)))
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
		s, err := newSpool(core.Environ{"TMPDIR": dir}, bytes.NewReader(sent))
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
