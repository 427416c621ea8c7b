package registry

import (
	"github.com/containerd/platforms"
	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/core"
)

// Reference returns the reference that a registry may have; nil for an ID, which no registry has.
func Reference(name string) reference.Named {
	ref, err := reference.ParseAnyReference(name)
	if err != nil {
		return nil
	}
	named, _ := ref.(reference.Named)
	return named
}

// RepositoryReference returns the reference of a transfer with a registry: with a tag or
// digest, or, for all tags, without.
func RepositoryReference(name string, allTags bool) (reference.Named, error) {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return nil, core.Errorf(core.KindInvalidArgument, "%q is not a valid image name: %w", name, err)
	}
	if !allTags {
		return reference.TagNameOnly(ref), nil
	}
	if !reference.IsNameOnly(ref) {
		return nil, core.Errorf(core.KindInvalidArgument, "%q has a tag or digest, but all tags are requested: give one or the other", name)
	}
	return ref, nil
}

// CheckPlatform refuses what is no platform; "" is none.
func CheckPlatform(text string) error {
	if text == "" {
		return nil
	}
	if _, err := platforms.Parse(text); err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is not a platform (linux/arm64, for example): %w", text, err)
	}
	return nil
}

// CheckNewName refuses what an image cannot be called; none is fine.
func CheckNewName(name string) error {
	if name == "" {
		return nil
	}
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is not a valid image name: %w", name, err)
	}
	if _, digested := ref.(reference.Digested); digested {
		return core.Errorf(core.KindInvalidArgument, "%q has a digest, which only the image's content can give: name a tag", name)
	}
	return nil
}
