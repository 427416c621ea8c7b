package containerfs

import (
	"context"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/strslice"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// way is wayIn on an engine where agents can be used.
func (f *Files) way(ctx context.Context, info container.InspectResponse, full string) (entrance, bool, error) {
	way, enters := wayIn(info, full)
	if !enters {
		return way, false, nil
	}
	usable, err := f.helpers.Usable(ctx)
	return way, usable, err
}

// wayIn returns how an agent gets to a path of a container: through the processes of one that
// runs, or with the same volumes. The rest of a container that does not run can be had only by
// the archive endpoints.
func wayIn(info container.InspectResponse, full string) (entrance, bool) {
	if info.State != nil && info.State.Running {
		if root, err := rootInside(info); err == nil {
			return byProcesses(info, root), true
		}
	}
	place := volumeOver(info, full)
	if place == "" {
		return entrance{}, false
	}
	return entrance{root: "/", within: place, limits: container.HostConfig{
		VolumesFrom: []string{info.ID}, CapAdd: strslice.StrSlice{"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"},
	}}, true
}

// volumeOver returns the place of the volume that a clean path is in, or "".
func volumeOver(info container.InspectResponse, full string) (place string) {
	for _, one := range info.Mounts {
		in := full == one.Destination || hostfiles.Below(full, one.Destination)
		if one.Type == mount.TypeVolume && in && len(one.Destination) > len(place) && !agentNeeds(one.Destination) {
			place = one.Destination
		}
	}
	return place
}

// agentNeeds reports whether a volume at a place would hide the agent from itself.
func agentNeeds(place string) bool { return place == agent.Program || place == "/" }
