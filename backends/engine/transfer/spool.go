package transfer

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// maxDescription bounds a manifest or configuration in an archive, in bytes.
const maxDescription = 4 << 20

// spool is an archive of an image in a file without a name, so that it cannot outlive the
// process.
type spool struct {
	file  *os.File
	size  int64
	files map[string]spooled
}

// spooled is a file in the archive. link is where a symbolic link in it points to.
type spooled struct {
	at, size int64
	link     string
}

// leftOut are the files of an archive that need not be sent.
type leftOut struct {
	out    map[string]bool
	layers int
}

func newSpool(dir string, archive io.Reader) (*spool, error) {
	file, err := os.CreateTemp(dir, "ml_nexus_go-transfer-*")
	if err != nil {
		return nil, fileerr.At(dir, err)
	}
	_ = os.Remove(file.Name())
	s := &spool{file: file, files: map[string]spooled{}}
	if err := s.fill(archive); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// fill copies the archive and notes where its files begin.
func (s *spool) fill(archive io.Reader) error {
	position := &counting{from: io.TeeReader(archive, s.file)}
	err := s.index(position)
	if err == nil {
		_, err = io.Copy(io.Discard, position) // what comes after the last file
	}
	s.size = position.n
	var inPath *fs.PathError
	switch {
	case err == nil || core.KindOf(err) != "":
		return err
	case errors.As(err, &inPath):
		return fileerr.At(s.file.Name(), err)
	}
	return core.Errorf(core.KindEngineError, "the engine's archive of the image cannot be read: %w", err)
}

func (s *spool) close() { _ = s.file.Close() }

func (s *spool) whole() io.Reader { return io.NewSectionReader(s.file, 0, s.size) }

func (s *spool) index(position *counting) error {
	reader := tar.NewReader(position)
	taken := bounded.Count{What: "the list of an image's files", Limit: bounded.Limit}
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := path.Clean(header.Name)
		if err := taken.Add(len(header.Name) + len(header.Linkname) + spooledSize); err != nil {
			return err
		}
		at := spooled{at: position.n, size: header.Size}
		switch header.Typeflag {
		case tar.TypeReg:
		case tar.TypeSymlink:
			at = spooled{link: path.Join(path.Dir(name), header.Linkname)}
		default:
			at = spooled{}
		}
		if name != "." && !core.SafePath(name) || path.IsAbs(header.Linkname) || !core.SafePath(at.link) {
			return core.Errorf(core.KindEngineError, "unsafe archive: the engine's archive of the image has the entry %q, which leads out of it", header.Name).
				With("reason", "unsafe_archive").With("entry", header.Name)
		}
		if at != (spooled{}) {
			s.files[name] = at
		}
	}
}

// spooledSize is roughly what a file of an archive takes in the list of its files, in bytes.
const spooledSize = 160

// resolve follows a link: old engines store a layer once that an image has twice.
func (s *spool) resolve(name string) string {
	name = path.Clean(name)
	if link := s.files[name].link; link != "" {
		return link
	}
	return name
}

// decode reads a description from the archive.
func (s *spool) decode(name string, into any) error {
	file, ok := s.files[s.resolve(name)]
	if !ok {
		return os.ErrNotExist
	}
	if file.size > maxDescription {
		return errors.New(name + " is too large")
	}
	return json.NewDecoder(io.NewSectionReader(s.file, file.at, file.size)).Decode(into)
}

// plan finds the layers' files that need not be sent to an engine. A layer that is needed
// in one place is kept, however often it is not needed elsewhere.
func (s *spool) plan(target *targetLayers) (leftOut, error) {
	var images []archivedImage
	var err error
	if target.containerd {
		images, err = s.blobs()
	} else {
		images, err = s.dockerImages()
	}
	left := leftOut{out: map[string]bool{}}
	if err != nil {
		return left, err
	}
	keep := map[string]bool{}
	for _, image := range images {
		if len(image.files) != len(image.layers) {
			return leftOut{}, nil
		}
		shared := target.shared(image.layers)
		left.layers += shared
		for i, name := range image.files {
			if i < shared {
				left.out[s.resolve(name)] = true
			} else {
				keep[s.resolve(name)] = true
			}
		}
	}
	for name := range keep {
		delete(left.out, name)
	}
	return left, nil
}

// archivedImage is an image's layers, starting with the lowest, and their files.
type archivedImage struct {
	layers []digest.Digest
	files  []string
}

type configLayers struct {
	RootFS struct {
		DiffIDs []digest.Digest `json:"diff_ids"`
	} `json:"rootfs"`
}

// dockerImages reads manifest.json, which every engine writes.
func (s *spool) dockerImages() ([]archivedImage, error) {
	var manifests []struct {
		Config string
		Layers []string
	}
	if err := s.decode("manifest.json", &manifests); err != nil {
		return nil, core.Errorf(core.KindEngineError, "the engine's archive of the image has no usable manifest.json: %w", err)
	}
	images := make([]archivedImage, 0, len(manifests))
	for _, manifest := range manifests {
		var config configLayers
		if err := s.decode(manifest.Config, &config); err != nil {
			return nil, core.Errorf(core.KindEngineError, "the engine's archive of the image has no usable configuration: %w", err)
		}
		images = append(images, archivedImage{config.RootFS.DiffIDs, manifest.Layers})
	}
	return images, nil
}

// without returns the archive without some files. Its reader closes it.
func (s *spool) without(left leftOut) io.ReadCloser {
	reader, writer := io.Pipe()
	guard.Go(func() {
		_ = writer.CloseWithError(s.copyWithout(writer, left.out))
	}, func(p *guard.Panic) { _ = writer.CloseWithError(p) })
	return reader
}

func (s *spool) copyWithout(to io.Writer, out map[string]bool) error {
	from, writer := tar.NewReader(s.whole()), tar.NewWriter(to)
	for {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return writer.Close()
		}
		if err != nil {
			return err
		}
		if out[path.Clean(header.Name)] {
			continue
		}
		if err := writer.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(writer, from); err != nil {
			return err
		}
	}
}
