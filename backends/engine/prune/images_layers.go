package prune

import (
	"context"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/core"
)

// layered is what a dry run knows of the images of an engine without containerd's store. There,
// an image has names, and is on top of the one that it was built from.
type layered struct {
	images   map[string]image.Summary
	names    map[string][]reference.Named
	children map[string]int
	used     map[string]bool
	result   core.PruneImagesResult
	removed  []string
}

func (i imagePrune) inLayers(ctx context.Context, wanted filters.Args) (core.PruneImagesResult, error) {
	until, err := i.untilOf(ctx, wanted)
	if err != nil {
		return core.PruneImagesResult{}, err
	}
	list, err := i.session.API.ImageList(ctx, image.ListOptions{All: true})
	if err != nil {
		return core.PruneImagesResult{}, err
	}
	containers, err := i.users(ctx)
	if err != nil {
		return core.PruneImagesResult{}, err
	}
	l := newLayered(list)
	for _, one := range containers {
		l.used[one.ImageID] = true
	}
	var candidates []string
	for _, one := range list {
		if l.children[one.ID] > 0 && (!i.all || len(l.names[one.ID]) == 0) {
			continue
		}
		if filterargs.HasLabels(wanted, one.Labels) && (until.IsZero() || !time.Unix(one.Created, 0).After(until)) {
			candidates = append(candidates, one.ID)
		}
	}
	for _, id := range candidates {
		l.prune(id, i.all)
	}
	return l.result, i.countLayers(ctx, l)
}

func newLayered(list []image.Summary) *layered {
	l := &layered{
		images: map[string]image.Summary{}, names: map[string][]reference.Named{}, children: map[string]int{}, used: map[string]bool{},
		result: core.PruneImagesResult{Untagged: []string{}, Deleted: []string{}},
	}
	for _, one := range list {
		l.images[one.ID] = one
		l.children[one.ParentID]++
		for _, name := range slices.Concat(one.RepoTags, one.RepoDigests) {
			if ref, err := reference.ParseNormalizedNamed(name); err == nil { // not <none>
				l.names[one.ID] = append(l.names[one.ID], ref)
			}
		}
		slices.SortFunc(l.names[one.ID], func(a, b reference.Named) int { return strings.Compare(a.String(), b.String()) })
	}
	return l
}

// prune removes an image's names, and with the last one the image. Of an image that a
// container has, the last name stays.
func (l *layered) prune(id string, all bool) {
	names := l.names[id]
	if !all && slices.ContainsFunc(names, isTagged) {
		return
	}
	for _, name := range slices.Clone(names) {
		if !slices.Contains(l.names[id], name) || l.used[id] && isOne(l.names[id]) {
			continue
		}
		l.untag(id, name)
	}
	if len(l.names[id]) == 0 {
		l.remove(id)
	}
}

// untag takes a name away, and with the last tag of a repository the digests there.
func (l *layered) untag(id string, name reference.Named) {
	lastTag := isTagged(name) && !slices.ContainsFunc(l.names[id], func(other reference.Named) bool {
		return other != name && isTagged(other) && other.Name() == name.Name()
	})
	l.names[id] = slices.DeleteFunc(l.names[id], func(other reference.Named) bool {
		goes := other == name || lastTag && other.Name() == name.Name()
		if goes {
			l.result.Untagged = append(l.result.Untagged, reference.FamiliarString(other))
		}
		return goes
	})
}

// remove removes an image that nothing needs, and then the one below.
func (l *layered) remove(id string) {
	one, there := l.images[id]
	if !there || l.used[id] || l.children[id] > 0 || len(l.names[id]) > 0 {
		return
	}
	delete(l.images, id)
	l.removed = append(l.removed, id)
	l.result.Deleted = append(l.result.Deleted, id)
	l.children[one.ParentID]--
	l.remove(one.ParentID)
}

func isTagged(name reference.Named) bool {
	_, is := name.(reference.NamedTagged)
	return is
}

// isOne reports whether names are one: a tag with its digest counts as that.
func isOne(names []reference.Named) bool {
	tags, repositories := 0, map[string]bool{}
	for _, name := range names {
		repositories[name.Name()] = true
		if isTagged(name) {
			tags++
		}
	}
	return tags <= 1 && len(repositories) <= 1
}

// countLayers adds the layers that no other image has, and their sizes. Those that build cache
// has stay, but that is not known here.
func (i imagePrune) countLayers(ctx context.Context, l *layered) error {
	if len(l.removed) == 0 {
		return nil
	}
	counted := map[digest.Digest]bool{}
	for id := range l.images {
		chain, err := i.chainOf(ctx, id)
		if err != nil {
			return err
		}
		for _, layer := range chain {
			counted[layer] = true
		}
	}
	for _, id := range l.removed {
		chain, err := i.chainOf(ctx, id)
		if err != nil {
			return err
		}
		sizes, err := i.layerSizes(ctx, id, len(chain))
		if err != nil {
			return err
		}
		for n, layer := range chain {
			if !counted[layer] {
				counted[layer] = true
				l.result.Deleted = append(l.result.Deleted, layer.String())
				l.result.Reclaimed += uint64(sizes[n])
			}
		}
	}
	return nil
}

// chainOf are the layers of an image, each by all that is below it, the lowest first.
func (i imagePrune) chainOf(ctx context.Context, id string) ([]digest.Digest, error) {
	info, err := i.session.API.ImageInspect(ctx, id)
	if cerrdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	layers := make([]digest.Digest, len(info.RootFS.Layers))
	for n, layer := range info.RootFS.Layers {
		layers[n] = digest.Digest(layer)
	}
	return identity.ChainIDs(layers), nil
}

// layerSizes are the sizes of so many layers, the lowest first. The history does not say
// which of its steps without content made an empty layer: those at the top count as such.
func (i imagePrune) layerSizes(ctx context.Context, id string, count int) ([]int64, error) {
	sizes := make([]int64, count)
	steps, err := i.session.API.ImageHistory(ctx, id)
	if cerrdefs.IsNotFound(err) {
		return sizes, nil
	}
	n := 0
	for _, step := range slices.Backward(steps) {
		if step.Size > 0 && n < count {
			sizes[n] = step.Size
			n++
		}
	}
	return sizes, err
}
