package build

import (
	"context"
	"maps"
	"net"
	"strings"

	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// buildkit is one build with BuildKit.
type buildkit struct {
	spec    *Spec
	host    *Host
	tracker *tracker
	trouble *localfiles.Trouble // with files on this machine
	lines   *localfiles.Trouble // with the streams to the engine
}

// Listener gets the events of a build; each may be nil.
type Listener struct {
	Events func(event any)
	Plain  func(event any)
}

// Builder is one of the two ways to build. An error that is not a *core.Error was caused by
// the end of ctx.
type Builder func(ctx context.Context, host *Host, listener Listener) (core.BuildResult, error)

// BuildKit builds with BuildKit inside the engine.
func (s *Spec) BuildKit(ctx context.Context, host *Host, listener Listener) (core.BuildResult, error) {
	b := &buildkit{spec: s, host: host, trouble: &localfiles.Trouble{}, lines: &localfiles.Trouble{}, tracker: newTracker(listener.Events, listener.Plain, newMask(s.secrets))}
	if err := s.checkEngine(ctx, host); err != nil {
		return core.BuildResult{}, err
	}
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	b.trouble.Noted = cancel
	response, err := b.run(building)
	if err != nil {
		return core.BuildResult{}, b.failure(ctx, err)
	}
	return b.result(response)
}

func (b *buildkit) run(ctx context.Context) (map[string]string, error) {
	bk, err := client.New(ctx, "", client.WithContextDialer(b.dialControl), client.WithSessionDialer(b.dialSession))
	if err != nil {
		return nil, err
	}
	defer func() { _ = bk.Close() }()
	solve, err := b.solveOptions(ctx, bk)
	if err != nil {
		return nil, err
	}
	status := make(chan *client.SolveStatus)
	var response *client.SolveResponse
	var group guard.Group
	group.Run(func() error {
		for message := range status {
			if b.tracker.take(message); b.tracker.over != nil {
				b.trouble.Keep(b.tracker.over)
			}
		}
		return nil
	})
	group.Run(func() (err error) {
		response, err = bk.Solve(ctx, nil, solve, status)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return response.ExporterResponse, nil
}

func (b *buildkit) dialControl(ctx context.Context, _ string) (net.Conn, error) {
	return b.dial(ctx, "/grpc", "h2c", nil)
}

func (b *buildkit) dialSession(ctx context.Context, protocol string, meta map[string][]string) (net.Conn, error) {
	conn, err := b.dial(ctx, "/session", protocol, meta)
	if err != nil {
		return nil, err
	}
	return gather(conn), nil
}

// dial notes its error: gRPC keeps only the error's text.
func (b *buildkit) dial(ctx context.Context, endpoint, protocol string, meta map[string][]string) (conn net.Conn, err error) {
	defer guard.Recover(&err)
	conn, err = b.host.Dial(ctx, endpoint, protocol, meta)
	if err != nil && core.KindOf(err) != "" {
		b.lines.Note("the engine", endpoint, err)
	}
	return conn, err
}

func (b *buildkit) solveOptions(ctx context.Context, bk *client.Client) (client.SolveOpt, error) {
	s := b.spec
	attrs, err := s.attributes(ctx, bk)
	if err != nil {
		return client.SolveOpt{}, err
	}
	mounts, err := s.mounts(b.trouble)
	if err != nil {
		return client.SolveOpt{}, err
	}
	folders, err := localfiles.NewFolders(mounts)
	if err != nil {
		return client.SolveOpt{}, err
	}
	frontend := "dockerfile.v0"
	if attrs["source"] != "" {
		frontend = "gateway.v0"
	}
	return client.SolveOpt{
		Exports:             s.clientExports(b.trouble),
		SharedKey:           s.sharedKey(b.host.Owner),
		Frontend:            frontend,
		FrontendAttrs:       attrs,
		CacheExports:        s.cacheTo,
		CacheImports:        s.cacheFrom,
		OCIStores:           s.layouts,
		Session:             append([]attachable{folders, &logins{find: s.login(b.host.Login)}}, s.sessions...),
		AllowedEntitlements: s.entitlements(),
	}, nil
}

// clientExports returns the outputs in the form of BuildKit's client.
func (s *Spec) clientExports(trouble *localfiles.Trouble) []client.ExportEntry {
	if len(s.exports) == 0 {
		return []client.ExportEntry{{Type: exportMoby, Attrs: s.named(s.annotated(nil))}}
	}
	var out []client.ExportEntry
	for _, export := range s.exports {
		if export.Type == exportNothing {
			continue
		}
		out = append(out, s.clientExport(export, trouble))
	}
	return out
}

func (s *Spec) clientExport(export *buildflags.ExportEntry, trouble *localfiles.Trouble) client.ExportEntry {
	entry := client.ExportEntry{Type: export.Type, Attrs: s.annotated(export.Attrs)}
	switch export.Type {
	case client.ExporterLocal:
		entry.OutputDir, entry.Attrs = export.Destination, maps.Clone(export.Attrs)
	case client.ExporterTar:
		entry.Output, entry.Attrs = localfiles.Output(export.Destination, trouble), maps.Clone(export.Attrs)
	case client.ExporterOCI, client.ExporterDocker:
		entry.Output = localfiles.Output(export.Destination, trouble)
	case client.ExporterImage:
		entry.Type = exportMoby
	}
	if export.Type != client.ExporterLocal && export.Type != client.ExporterTar {
		s.named(entry.Attrs)
	}
	return entry
}

// named adds the tags. (Engine 20.10 considers an empty name invalid.)
func (s *Spec) named(attrs map[string]string) map[string]string {
	if attrs["name"] == "" && len(s.Tags) > 0 {
		attrs["name"] = strings.Join(s.Tags, ",")
	}
	return attrs
}

func (b *buildkit) result(response map[string]string) (core.BuildResult, error) {
	result := resultOf(b.spec, b.tracker)
	if b.spec.Stores() {
		if result.ImageID = response[exptypes.ExporterImageDigestKey]; result.ImageID == "" {
			result.ImageID = response[exptypes.ExporterImageConfigDigestKey]
		}
	}
	return result, b.spec.writeFiles(result.ImageID, response)
}

// resultOf returns the part of the result that both builders report.
func resultOf(s *Spec, t *tracker) core.BuildResult {
	t.close()
	result := core.BuildResult{Tags: s.Tags, Log: t.log.String(), Warnings: t.warnings}
	if result.Warnings == nil {
		result.Warnings = []string{}
	}
	if result.Tags == nil {
		result.Tags = []string{}
	}
	result.Steps, result.CachedSteps = t.counts()
	return result
}
