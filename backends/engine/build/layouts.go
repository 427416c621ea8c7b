package build

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/errdefs"
	"github.com/opencontainers/go-digest"
	specs "github.com/opencontainers/image-spec/specs-go/v1"
)

const layoutScheme = "oci-layout://"

// readLayout finds the image for a build context that is an OCI layout on this machine,
// PATH[:TAG][@DIGEST], and returns its reference in BuildKit's form.
func (s *Spec) readLayout(option, place string) (string, error) {
	folder, wanted, pinned := strings.Cut(place, "@")
	tag := ""
	if at := strings.LastIndex(folder, ":"); at > strings.LastIndex(folder, "/") {
		folder, tag = folder[:at], folder[at+1:]
	}
	if err := checkFolder(folder, option); err != nil {
		return "", err
	}
	image := digest.Digest(wanted)
	if !pinned {
		var err error
		if image, err = layoutImage(option, folder, tag); err != nil {
			return "", err
		}
	}
	if err := image.Validate(); err != nil {
		return "", invalid("%s: %q is no digest: %w", option, image, err)
	}
	if _, err := layout(folder).Info(context.Background(), image); err != nil {
		return "", invalid("%s: %w", option, err).With("path", folder)
	}
	if s.layouts == nil {
		s.layouts = map[string]content.Store{}
	}
	store := "layout" + strconv.Itoa(len(s.layouts))
	s.layouts[store] = layout(folder)
	return layoutScheme + store + "@" + string(image), nil
}

// layoutImage looks up a tag in the layout's index. Without a tag it returns latest, or
// the only image.
func layoutImage(option, folder, tag string) (digest.Digest, error) {
	var index specs.Index
	text, err := os.ReadFile(filepath.Join(folder, specs.ImageIndexFile))
	if err == nil {
		err = json.Unmarshal(text, &index)
	}
	if err != nil {
		return "", invalid("%s: %s is no OCI layout: %w", option, folder, err).With("path", folder)
	}
	if tag == "" && len(index.Manifests) == 1 {
		return index.Manifests[0].Digest, nil
	}
	if tag == "" {
		tag = "latest"
	}
	var names []string
	for _, image := range index.Manifests {
		name := image.Annotations[specs.AnnotationRefName]
		if name == tag {
			return image.Digest, nil
		}
		names = append(names, strconv.Quote(name))
	}
	slices.Sort(names)
	return "", invalid("%s: the OCI layout %s has no image %q; it has %s", option, folder, tag, strings.Join(names, ", ")).With("path", folder)
}

// layout is the folder of an OCI layout that BuildKit reads: the engine cannot change
// anything in it.
type layout string

var _ content.Store = layout("")

func (l layout) path(blob digest.Digest) (string, error) {
	if err := blob.Validate(); err != nil {
		return "", errdefs.ErrInvalidArgument.WithMessage(err.Error())
	}
	return filepath.Join(string(l), specs.ImageBlobsDir, blob.Algorithm().String(), blob.Encoded()), nil
}

// Info implements content.InfoProvider.
func (l layout) Info(_ context.Context, blob digest.Digest) (content.Info, error) {
	path, err := l.path(blob)
	if err != nil {
		return content.Info{}, err
	}
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return content.Info{}, errdefs.ErrNotFound.WithMessage("the OCI layout has no " + path)
	}
	if err != nil {
		return content.Info{}, err
	}
	return content.Info{Digest: blob, Size: info.Size(), CreatedAt: info.ModTime(), UpdatedAt: info.ModTime()}, nil
}

// ReaderAt implements content.Provider.
func (l layout) ReaderAt(_ context.Context, blob specs.Descriptor) (content.ReaderAt, error) {
	path, err := l.path(blob.Digest)
	if err != nil {
		return nil, err
	}
	return local.OpenReader(path)
}

// Walk implements content.Manager.
func (l layout) Walk(context.Context, content.WalkFunc, ...string) error {
	return errdefs.ErrNotImplemented
}

// Update implements content.Manager.
func (l layout) Update(context.Context, content.Info, ...string) (content.Info, error) {
	return content.Info{}, errdefs.ErrNotImplemented
}

// Delete implements content.Manager.
func (l layout) Delete(context.Context, digest.Digest) error { return errdefs.ErrNotImplemented }

// Status implements content.IngestManager.
func (l layout) Status(context.Context, string) (content.Status, error) {
	return content.Status{}, errdefs.ErrNotImplemented
}

// ListStatuses implements content.IngestManager.
func (l layout) ListStatuses(context.Context, ...string) ([]content.Status, error) {
	return nil, errdefs.ErrNotImplemented
}

// Abort implements content.IngestManager.
func (l layout) Abort(context.Context, string) error { return errdefs.ErrNotImplemented }

// Writer implements content.Ingester.
func (l layout) Writer(context.Context, ...content.WriterOpt) (content.Writer, error) {
	return nil, errdefs.ErrNotImplemented
}
