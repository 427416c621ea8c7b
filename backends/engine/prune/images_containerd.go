package prune

import (
	"context"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/core"
)

// inContainerd finds what an engine with containerd's store would remove: there, each name is
// an image, and content goes with the last name that has it.
func (i imagePrune) inContainerd(ctx context.Context, wanted filters.Args) (core.PruneImagesResult, error) {
	result := core.PruneImagesResult{Untagged: []string{}, Deleted: []string{}}
	all, err := i.session.API.ImageList(ctx, image.ListOptions{All: true, SharedSize: true, Manifests: true})
	if err != nil {
		return result, err
	}
	prunable, err := i.prunableNames(ctx, wanted)
	if err != nil {
		return result, err
	}
	used, err := i.keepUsed(ctx, prunable)
	if err != nil {
		return result, err
	}
	kept := map[string]bool{}
	var removed []image.Summary
	for _, one := range all {
		going, staying := divide(namesOf(one), prunable)
		if len(staying) == 0 && used[one.ID] { // the last name of what a container has stays
			going = going[:len(going)-1]
			staying = append(staying, "")
		}
		for _, name := range going {
			result.Untagged = append(result.Untagged, familiar(name))
		}
		if len(staying) == 0 {
			removed = append(removed, one)
			continue
		}
		for _, digest := range contentOf(one) {
			kept[digest] = true
		}
	}
	for _, one := range removed {
		for _, digest := range contentOf(one) {
			if !kept[digest] {
				kept[digest] = true // counted
				result.Deleted = append(result.Deleted, digest)
			}
		}
		size, err := i.ownSize(ctx, one)
		if err != nil {
			return result, err
		}
		result.Reclaimed += uint64(max(size, 0))
	}
	return result, nil
}

// ownSize is what an image shares with no other: its content, and its layers as they are
// unpacked. The engine's size of both together counts more than there is.
func (i imagePrune) ownSize(ctx context.Context, one image.Summary) (int64, error) {
	shared := max(one.SharedSize, 0)
	if len(one.Manifests) == 0 { // before API 1.47
		return one.Size - shared, nil
	}
	var size int64
	if one.Descriptor != nil && one.Manifests[0].ID != one.ID {
		size = one.Descriptor.Size // of the index
	}
	for _, manifest := range one.Manifests {
		size += manifest.Size.Content
	}
	steps, err := i.session.API.ImageHistory(ctx, one.ID)
	for _, step := range steps {
		size += step.Size
	}
	if cerrdefs.IsNotFound(err) {
		return 0, nil
	}
	return size - shared, err
}

// prunableNames are those that the filters allow. The engine applies them, by the time when
// an image arrived there.
func (i imagePrune) prunableNames(ctx context.Context, wanted filters.Args) (map[string]bool, error) {
	asked := filters.NewArgs()
	for _, key := range []string{"label", "label!", "until"} {
		for _, value := range wanted.Get(key) {
			asked.Add(key, value)
		}
	}
	allowed, err := i.session.API.ImageList(ctx, image.ListOptions{All: true, Filters: asked})
	names := map[string]bool{}
	for _, one := range allowed {
		for _, name := range namesOf(one) {
			if i.all || strings.HasPrefix(name, "sha256:") {
				names[name] = true
			}
		}
	}
	return names, err
}

// keepUsed takes out the names that containers were made from, and returns the digests that
// must keep a name.
func (i imagePrune) keepUsed(ctx context.Context, names map[string]bool) (map[string]bool, error) {
	used := map[string]bool{}
	containers, err := i.users(ctx)
	for _, one := range containers {
		info, err := i.session.API.ContainerInspect(ctx, one.ID)
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		delete(names, info.Image)
		asked := info.Config.Image
		if strings.HasPrefix(info.Image, "sha256:"+strings.TrimPrefix(asked, "sha256:")) || strings.HasSuffix(asked, "@"+info.Image) {
			used[info.Image] = true
		}
		for _, name := range protectedBy(asked) {
			delete(names, name)
		}
	}
	return used, err
}

// protectedBy are the names that a container keeps by the one that it was made from.
func protectedBy(asked string) []string {
	ref, err := reference.ParseNormalizedNamed(asked)
	if err != nil {
		return nil
	}
	ref = reference.TagNameOnly(ref)
	names := []string{ref.String()}
	if tagged, is := ref.(reference.NamedTagged); is {
		names = append(names, tagged.Name()+":"+tagged.Tag())
	}
	return names
}

// namesOf are an image's names in containerd's form, sorted; that of one without a name is its digest.
func namesOf(one image.Summary) (names []string) {
	repositories := map[string]bool{}
	for _, tag := range slices.Concat(one.RepoTags, one.RepoDigests) {
		ref, err := reference.ParseNormalizedNamed(tag)
		if err != nil { // <none>
			continue
		}
		if _, digested := ref.(reference.Digested); !digested || !repositories[ref.Name()] {
			names = append(names, ref.String())
		}
		repositories[ref.Name()] = true
	}
	if len(names) == 0 {
		return []string{one.ID}
	}
	slices.Sort(names)
	return names
}

func divide(names []string, prunable map[string]bool) (going, staying []string) {
	for _, name := range names {
		if prunable[name] {
			going = append(going, name)
		} else {
			staying = append(staying, name)
		}
	}
	return going, staying
}

func familiar(name string) string {
	if ref, err := reference.ParseNamed(name); err == nil {
		return reference.FamiliarString(ref)
	}
	return name
}

// contentOf are the digests of an image's index and manifests that the engine has.
func contentOf(one image.Summary) []string {
	digests := []string{one.ID}
	for _, manifest := range one.Manifests {
		if manifest.Available && manifest.ID != one.ID {
			digests = append(digests, manifest.ID)
		}
	}
	return digests
}
