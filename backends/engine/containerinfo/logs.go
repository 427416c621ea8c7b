package containerinfo

import (
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
)

// FollowersMissLastLine reports whether an engine ends a followed log without its last line
// if that has no newline. Engines before 23 write it when the container ends, which is when
// they stop following (https://github.com/moby/moby/pull/43294). A log that is read without
// following has it.
func FollowersMissLastLine(api client.APIClient) bool {
	return versions.LessThan(api.ClientVersion(), "1.42")
}
