package rows

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/command/formatter"
	"github.com/docker/docker/api/types/container"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

type containerRow struct {
	Command, CreatedAt, ID, Image, Labels, LocalVolumes, Mounts, Names, Networks string
	Platform                                                                     *ocispec.Platform
	Ports, RunningFor, Size, State, Status                                       string
}

// Containers returns the rows of docker ps, whose texts are shortened.
func Containers(containers []container.Summary) ([]json.RawMessage, error) {
	rows := make([]containerRow, len(containers))
	for i, c := range containers {
		rows[i] = ofContainer(c)
	}
	return each(rows)
}

func ofContainer(c container.Summary) containerRow {
	created := time.Unix(c.Created, 0)
	row := containerRow{
		ID: formatter.TruncateID(c.ID), Names: names(c.Names), Image: imageOf(c),
		Command:   strconv.Quote(formatter.Ellipsis(c.Command, 20)),
		CreatedAt: created.String(), RunningFor: since(created),
		Ports: formatter.DisplayablePorts(c.Ports), State: c.State, Status: c.Status, Size: size(c.SizeRw),
		Labels: labels(c.Labels), Mounts: mounts(c.Mounts), LocalVolumes: localVolumes(c.Mounts),
	}
	if c.SizeRootFs > 0 {
		row.Size += " (virtual " + size(c.SizeRootFs) + ")"
	}
	if c.NetworkSettings != nil {
		row.Networks = strings.Join(slices.Sorted(maps.Keys(c.NetworkSettings.Networks)), ",")
	}
	if c.ImageManifestDescriptor != nil {
		row.Platform = c.ImageManifestDescriptor.Platform
	}
	return row
}

// names returns the name without links (/other/alias), or all names if there are only links.
func names(all []string) string {
	var bare []string
	for _, name := range all {
		name = name[min(1, len(name)):]
		if !strings.Contains(name, "/") {
			return name
		}
		bare = append(bare, name)
	}
	return strings.Join(bare, ",")
}

// imageOf leaves out the digest of a reference that has one.
func imageOf(c container.Summary) string {
	if c.Image == "" {
		return "<no image>"
	}
	if id := formatter.TruncateID(c.ImageID); id == formatter.TruncateID(c.Image) {
		return id
	}
	named, err := reference.ParseNormalizedNamed(c.Image)
	if err != nil {
		return c.Image
	}
	short := reference.TrimNamed(named)
	if tagged, ok := named.(reference.Tagged); ok {
		if withTag, err := reference.WithTag(short, tagged.Tag()); err == nil {
			return reference.FamiliarString(withTag)
		}
		return c.Image
	}
	return reference.FamiliarString(short)
}

func labels(all map[string]string) string {
	var joined []string
	for key, value := range all {
		joined = append(joined, key+"="+value)
	}
	slices.Sort(joined)
	return strings.Join(joined, ",")
}

func mounts(all []container.MountPoint) string {
	var joined []string
	for _, m := range all {
		name := m.Name
		if name == "" {
			name = m.Source
		}
		joined = append(joined, formatter.Ellipsis(name, 15))
	}
	return strings.Join(joined, ",")
}

func localVolumes(all []container.MountPoint) string {
	count := 0
	for _, m := range all {
		if m.Driver == "local" {
			count++
		}
	}
	return strconv.Itoa(count)
}
