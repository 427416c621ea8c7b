package engine

import (
	"context"
	"sync"
	"time"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/attach"
	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/engine/containersync"
	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/backends/engine/events"
	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/forward"
	"github.com/proboscis/ml_nexus_go/backends/engine/hostfacts"
	"github.com/proboscis/ml_nexus_go/backends/engine/networks"
	"github.com/proboscis/ml_nexus_go/backends/engine/newimages"
	"github.com/proboscis/ml_nexus_go/backends/engine/prune"
	"github.com/proboscis/ml_nexus_go/backends/engine/registries"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/stats"
	"github.com/proboscis/ml_nexus_go/backends/engine/system"
	"github.com/proboscis/ml_nexus_go/backends/engine/volumes"
	"github.com/proboscis/ml_nexus_go/core"
)

// Options say how an Engine reaches its engine and for whom it works.
type Options struct {
	// Target is the target as the user wrote it, for messages.
	Target string
	Dial   session.Dial
	// DaemonHost is the engine's address as the docker CLI writes it (unix://...);
	// it selects proxy settings from docker's config file.
	DaemonHost string
	// CloseTransport ends what Dial uses; nil if there is nothing to end.
	CloseTransport func() error
	// ConfigFile is docker's config.json as loaded for the user; nil means empty.
	ConfigFile *configfile.ConfigFile
	Open       core.OpenRequest
	// ExactLogs gives attached runs a log that is byte for byte what they wrote, so
	// that their output can continue after a lost connection.
	ExactLogs bool
	// HostFiles are the files on the engine's host; nil goes through the engine.
	HostFiles core.HostFiles
	// HostShell runs scripts on the engine's host; nil cannot.
	HostShell hostfacts.Shell
	// HostDial connects to TCP addresses as the engine's host does; nil cannot.
	HostDial forward.Dial
}

// Engine is a core.DockerClient. Make it with New.
type Engine struct {
	*attach.Attacher
	*containerfs.Access
	*events.Watcher
	*forward.Ports
	*hostfacts.Facts
	*containersync.Syncs
	*networks.Networks
	*newimages.NewImages
	*prune.Prunes
	*registries.Registries
	*stats.Reader
	*system.System
	*volumes.Volumes

	opts      Options
	session   *session.Session
	api       *client.Client // the session's
	logins    *dockerconfig.Logins
	labels    map[string]string
	outputs   attachedOutputs
	agents    *agent.Helpers
	execs     *execs.Execs
	files     *containerfs.Files
	closeOnce sync.Once
}

// New makes a client. It uses no network; the API version is negotiated with the
// first request.
func New(opts Options) (*Engine, error) {
	if opts.ConfigFile == nil {
		opts.ConfigFile = configfile.New("")
	}
	opts.Open.Owner = completeOwner(opts.Open.Owner)
	s, err := session.New(session.Options{
		Target: opts.Target, Dial: opts.Dial, Close: opts.CloseTransport,
		APIVersion: opts.Open.Environ.Get("DOCKER_API_VERSION"), Headers: opts.ConfigFile.HTTPHeaders,
		ConnectTimeout: seconds(opts.Open.ConnectTimeoutSeconds), ReconnectTimeout: seconds(opts.Open.ReconnectTimeoutSeconds),
		Gone: opts.Open.Gone,
	})
	if err != nil {
		return nil, err
	}
	logins := dockerconfig.NewLogins(opts.Open.Environ)
	e := &Engine{
		Networks: networks.New(s), NewImages: newimages.New(s), Prunes: prune.New(s, opts.ConfigFile.PruneFilters), Reader: stats.New(s), Registries: registries.New(s, logins), System: system.New(s), Volumes: volumes.New(s), Watcher: events.New(s),
		opts: opts, session: s, api: s.API,
		logins: logins, labels: ownLabels(opts.Open),
	}
	e.Attacher = attach.New(s, func(ctx context.Context, id, name string, io core.Streams) func() {
		return e.outputs.add(ctx, attachedOutput{id: id, name: name}, io)
	})
	e.Facts = hostfacts.New(s, opts.HostShell)
	e.agents = agent.New(s, helperContainers{e})
	var asRoot execs.SignalAsRoot
	if opts.Open.SignalAsRoot {
		asRoot = e.signalAsRoot
	}
	e.execs = execs.New(s, asRoot)
	e.files = containerfs.New(s, e.agents)
	e.Access = containerfs.NewAccess(e.files, tempDir(opts.Open.Environ))
	e.Ports = forward.New(s, e.agents, opts.HostDial)
	e.Syncs = containersync.New(s, e.files, e.protectHere)
	return e, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Target implements core.DockerClient.
func (e *Engine) Target() string { return e.session.Target() }

// API returns docker's client of the engine.
func (e *Engine) API() *client.Client { return e.api }

// Close implements core.DockerClient.
func (e *Engine) Close() error {
	var err error
	e.closeOnce.Do(func() { err = e.session.Close(e.closeHelpers) })
	return err
}

// closeHelpers removes what files were reached by.
func (e *Engine) closeHelpers() {
	e.Access.Close()
	e.agents.Close()
}

// environ returns the caller's environment at a call.
func (e *Engine) environ(changes core.EnvironChanges) core.Environ {
	return e.opts.Open.Environ.With(changes)
}
