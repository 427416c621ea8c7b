package rows

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/command/formatter"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/go-units"
)

const none = "<none>"

type imageRow struct {
	Containers, CreatedAt, CreatedSince, Digest, ID, Repository string
	SharedSize, Size, Tag, UniqueSize, VirtualSize              string
}

// Images returns the rows of docker images: one for each tag, and one for each repository
// that an image has by its digest alone.
func Images(images []image.Summary) ([]json.RawMessage, error) {
	rows := []imageRow{}
	for _, i := range images {
		row := ofImage(i)
		for _, name := range namesOf(i) {
			row.Repository, row.Tag, row.Digest = name.repository, name.tag, name.digest
			rows = append(rows, row)
		}
	}
	return each(rows)
}

func ofImage(i image.Summary) imageRow {
	created := time.Unix(i.Created, 0)
	row := imageRow{
		ID: formatter.TruncateID(i.ID), CreatedAt: created.String(), Size: size(i.Size),
		VirtualSize: units.HumanSize(float64(i.Size)),
		Containers:  "N/A", SharedSize: "N/A", UniqueSize: "N/A",
	}
	if !created.IsZero() {
		row.CreatedSince = since(created)
	}
	if i.Containers != -1 {
		row.Containers = strconv.FormatInt(i.Containers, 10)
	}
	if i.SharedSize != -1 {
		row.SharedSize = units.HumanSize(float64(i.SharedSize))
		if i.Size != -1 {
			row.UniqueSize = units.HumanSize(float64(i.Size - i.SharedSize))
		}
	}
	return row
}

type imageName struct{ repository, tag, digest string }

func namesOf(i image.Summary) []imageName {
	if isDangling(i) {
		return []imageName{{none, none, none}}
	}
	var names []imageName
	var repositories []string
	for _, text := range i.RepoTags {
		named, err := reference.ParseNormalizedNamed(text)
		if tagged, ok := named.(reference.NamedTagged); ok && err == nil {
			repository := reference.FamiliarName(tagged)
			repositories = append(repositories, repository)
			names = append(names, imageName{repository, tagged.Tag(), none})
		}
	}
	for _, text := range i.RepoDigests {
		named, err := reference.ParseNormalizedNamed(text)
		if _, ok := named.(reference.Canonical); !ok || err != nil {
			continue
		}
		if repository := reference.FamiliarName(named); !slices.Contains(repositories, repository) {
			repositories = append(repositories, repository)
			names = append(names, imageName{repository, none, ""})
		}
	}
	return names
}

func isDangling(i image.Summary) bool {
	return len(i.RepoTags) == 0 && len(i.RepoDigests) == 0 ||
		slices.Equal(i.RepoTags, []string{"<none>:<none>"}) && slices.Equal(i.RepoDigests, []string{"<none>@<none>"})
}
