// Package containerinfo reads the relevant part of an engine's description of a container, and
// what an engine remembers of it. It imports core and session.
package containerinfo

import (
	"context"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
)

// State asks an engine for a container by its exact name.
func State(ctx context.Context, api client.APIClient, name string) (core.StateResult, error) {
	info, err := api.ContainerInspect(ctx, name)
	if cerrdefs.IsNotFound(err) {
		return core.StateResult{}, nil
	}
	if err != nil {
		return core.StateResult{}, err
	}
	if info.ContainerJSONBase == nil || info.State == nil || !NamedExactly(name, info.Name, info.ID) {
		return core.StateResult{}, nil
	}
	return core.StateResult{
		Exists: true, Running: info.State.Running && !info.State.Restarting, Status: info.State.Status, ID: info.ID,
	}, nil
}

// NamedExactly distinguishes a container (or a network) with this name from one that the engine found
// because its ID begins with it. The short ID that docker prints counts as a name.
func NamedExactly(asked, name, id string) bool {
	if asked == strings.TrimPrefix(name, "/") || asked == id {
		return true
	}
	return len(asked) >= len(ShortID(id)) && strings.HasPrefix(id, asked)
}

// ShortID returns the part of an ID that docker prints.
func ShortID(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}
