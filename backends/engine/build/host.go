package build

import (
	"context"
	"io"
	"net"

	"github.com/docker/cli/cli/config/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/core"
)

// Host is the engine that builds, and the user it builds for.
type Host struct {
	// Dial opens a stream to one of the engine's endpoints (/grpc, /session).
	Dial func(ctx context.Context, endpoint, protocol string, meta map[string][]string) (net.Conn, error)
	// API is the negotiated version.
	API string
	// ContainerdStore reports whether the engine keeps images as containerd does.
	ContainerdStore func(ctx context.Context) (bool, error)
	// Login returns the user's login to a registry, an empty one if there is none.
	Login func(ctx context.Context, registry string) (types.AuthConfig, error)
	// Classic starts the engine's classic builder and returns its messages.
	Classic func(ctx context.Context, archive io.Reader, options build.ImageBuildOptions) (io.ReadCloser, error)
	Owner   core.Owner
}

func (h *Host) olderThan(api string) bool { return versions.LessThan(h.API, api) }
