// Command capi is the shared library libml_nexus_go: the C ABI of
// include/ml_nexus_go.h over package bridge. The C side (shim.c) has the exported
// names, checks pointers and refuses to work in a forked child; this side copies
// its inputs and recovers from panics. Build it with build.sh.
package main

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/local"
	"github.com/proboscis/ml_nexus_go/backends/ssh"
	"github.com/proboscis/ml_nexus_go/backends/swarm"
	"github.com/proboscis/ml_nexus_go/capi/bridge"
	"github.com/proboscis/ml_nexus_go/core"
)

// backends registers the backends; nothing registers itself.
func backends() core.Registry {
	open := local.New(ssh.Open)
	fleets := swarm.New(func(ctx context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
		if target.Scheme == core.SchemeSSH {
			return ssh.Open(ctx, target, req)
		}
		return open(ctx, target, req)
	})
	return core.Registry{
		core.SchemeSwarm:   fleets,
		core.SchemeDefault: open,
		core.SchemeUnix:    open,
		core.SchemeTCP:     open,
		core.SchemeContext: open,
		core.SchemeSSH:     ssh.Open,
	}
}

var library = bridge.New(backends(), cliopts.Read)

func main() {}
