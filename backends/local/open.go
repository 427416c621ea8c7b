package local

import (
	"context"

	"github.com/docker/cli/cli/config/configfile"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/backends/engine/hostfacts"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/subprocess"
)

var _ core.DockerClient = (*engine.Engine)(nil)

// New returns the opener for the default target, unix://, tcp:// and context://. An
// ssh:// endpoint that DOCKER_HOST or a context names goes to sshOpener, which may be
// nil.
func New(sshOpener core.Opener) core.Opener {
	return func(ctx context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
		dir := dockerconfig.Dir(req.Environ)
		config, err := dockerconfig.Load(dir)
		if err != nil {
			return nil, named(err, target)
		}
		at, err := resolve(target, req, config, dir)
		if err != nil {
			return nil, named(err, target)
		}
		if at.ssh {
			return openSSH(ctx, sshOpener, at.host, req)
		}
		return openEngine(target, at, config, req)
	}
}

func openEngine(target core.Target, at endpoint, config *configfile.ConfigFile, req core.OpenRequest) (core.DockerClient, error) {
	dialer, err := newDialer(at, req.ConnectTimeoutSeconds)
	if err != nil {
		return nil, named(err, target)
	}
	name := target.Text
	if target.Scheme == core.SchemeDefault {
		name = at.host
	}
	files, err := hostFiles(at, req)
	if err != nil {
		return nil, named(err, target)
	}
	return engine.New(engine.Options{
		Target: name, Dial: dialer.dial, DaemonHost: at.host, ConfigFile: config, Open: req, HostFiles: files, HostShell: hostShell(at, req),
	})
}

// hostFiles returns the files of the engine's host; nil goes through the engine. Behind a
// socket of this machine there is an engine of this machine, or of one that has its
// folders. An engine behind TCP may be anywhere, in a virtual machine too where the
// address is 127.0.0.1.
func hostFiles(at endpoint, req core.OpenRequest) (core.HostFiles, error) {
	way, err := core.ParseHostFilesWay(req.HostFiles)
	if err != nil {
		return nil, err
	}
	if way == core.HostFilesByEngine || way == core.HostFilesByConnection && at.network != "unix" {
		return nil, nil
	}
	here := localfs.FS{Home: req.Environ.Home()}
	return hostfiles.New(here, here), nil
}

// hostShell runs scripts on this machine where its engine is this machine's.
func hostShell(at endpoint, req core.OpenRequest) hostfacts.Shell {
	if at.network != "unix" {
		return nil
	}
	return func(ctx context.Context, script []byte) ([]byte, []byte, int, error) {
		return subprocess.Shell(ctx, req.Environ.List(), script)
	}
}

func openSSH(ctx context.Context, open core.Opener, host string, req core.OpenRequest) (core.DockerClient, error) {
	target, err := core.ParseTarget(host)
	if err != nil {
		return nil, err
	}
	if open == nil {
		return nil, named(core.Errorf(core.KindInvalidArgument,
			"docker's settings name the engine at %s, and this build has no SSH backend", host), target)
	}
	req.Target = host
	return open(ctx, target, req)
}

// named adds the operation and the target to an error of opening.
func named(err error, target core.Target) error {
	known, ok := err.(*core.Error)
	if !ok {
		known = core.Errorf(core.KindInternalError, "%w", err)
	}
	clone := *known
	if clone.Op == "" {
		clone.Op = "connect"
	}
	if clone.Target == "" {
		clone.Target = target.Text
	}
	return &clone
}
