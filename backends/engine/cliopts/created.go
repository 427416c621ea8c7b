package cliopts

import (
	"context"
	"maps"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/proboscis/ml_nexus_go/core"
)

// Created is what the engine's API needs to create the container.
type Created struct {
	Config   *container.Config
	Host     *container.HostConfig
	Network  *network.NetworkingConfig
	Platform *ocispec.Platform
	// Files is a tar archive to unpack in the new container's root, or nil.
	Files []byte
}

// create lets docker's command make what it would create.
func (c *lent) create(in Input, args []string) (Created, error) {
	c.cli.config, c.cli.api.daemonHost = in.Config, in.DaemonHost
	c.cmd.SetContext(context.Background())
	if err := c.cmd.RunE(c.cmd, args); err != nil {
		return Created{}, err
	}
	created := c.cli.api.created
	if created.Config == nil {
		return Created{}, core.Errorf(core.KindInternalError, "docker's command created no container")
	}
	if len(args) == 1 {
		created.Config.Cmd = nil // docker's command keeps the words of an earlier run where this one has none
	}
	created.keep()
	return created, nil
}

// keep copies what points into the command's values, which the next parse overwrites.
func (c *Created) keep() {
	c.Config.StopTimeout = copied(c.Config.StopTimeout)
	c.Host.Init = copied(c.Host.Init)
	c.Host.MemorySwappiness = copied(c.Host.MemorySwappiness)
	c.Host.OomKillDisable = copied(c.Host.OomKillDisable)
	c.Host.PidsLimit = copied(c.Host.PidsLimit)
	c.Host.Sysctls = maps.Clone(c.Host.Sysctls)
	c.Host.Annotations = maps.Clone(c.Host.Annotations)
}

func copied[T any](value *T) *T {
	if value == nil {
		return nil
	}
	copied := *value
	return &copied
}
