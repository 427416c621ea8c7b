package engine

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/docker/docker/api/types/build"

	builder "github.com/proboscis/ml_nexus_go/backends/engine/build"
	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageBuild implements core.ImageBuilder.
func (e *Engine) ImageBuild(ctx context.Context, req core.BuildRequest, s core.Streams) (result core.BuildResult, err error) {
	began := time.Now()
	spec, invalid := e.buildSpec(req)
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Timeout: req.TimeoutSeconds, Long: true}, func(ctx context.Context) error {
		result, err = e.build(ctx, req, spec, s)
		return err
	})
	if err != nil {
		return core.BuildResult{}, err
	}
	result.Seconds = time.Since(began).Seconds()
	return result, nil
}

func (e *Engine) build(ctx context.Context, req core.BuildRequest, spec *builder.Spec, s core.Streams) (core.BuildResult, error) {
	if err := e.chooseBuilder(req, spec); err != nil {
		return core.BuildResult{}, err
	}
	var build builder.Builder = spec.BuildKit
	if spec.Classic {
		build = spec.ClassicBuild
	}
	var result core.BuildResult
	err := session.RetryLease(ctx, func(last bool) error { // finished steps are cached
		if last {
			spec.IgnoreCache() // a cached step whose layer is gone fails every time
		}
		return e.session.RetryUnsent(ctx, func() (err error) {
			result, err = build(ctx, e.buildHost(req), listen(req, spec, s))
			return err
		})
	})
	if err != nil {
		return result, err
	}
	return e.finishBuild(ctx, req, spec, result)
}

// finishBuild does what the engine's builder leaves to its client.
func (e *Engine) finishBuild(ctx context.Context, req core.BuildRequest, spec *builder.Spec, result core.BuildResult) (core.BuildResult, error) {
	if path := spec.SaveTo(); path != "" {
		images := spec.Tags
		if len(images) == 0 {
			images = []string{result.ImageID}
		}
		if _, err := e.ImageSave(ctx, core.SaveRequest{Images: images, Path: path}, core.Streams{}); err != nil {
			return result, err
		}
	}
	if !spec.Push {
		return result, nil
	}
	for _, tag := range spec.Tags {
		if _, err := e.ImagePush(ctx, core.PushRequest{Image: tag, Environ: req.Environ}, nil); err != nil {
			return result, err
		}
	}
	return result, nil
}

func (e *Engine) classicBuild(ctx context.Context, archive io.Reader, options build.ImageBuildOptions) (io.ReadCloser, error) {
	answer, err := e.api.ImageBuild(ctx, archive, options)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// buildSpec parses the options and checks everything that needs no engine.
func (e *Engine) buildSpec(req core.BuildRequest) (*builder.Spec, error) {
	flags := builder.NewFlags()
	if err := cliopts.Parse(flags.Set, req.Options); err != nil {
		return nil, err
	}
	proxies := func(args map[string]*string) map[string]*string {
		return e.opts.ConfigFile.ParseProxyConfig(e.opts.DaemonHost, args)
	}
	spec, err := builder.NewSpec(flags, req, e.environ(req.Environ), proxies)
	if err != nil {
		return nil, cliopts.HideValues(err, req.Options)
	}
	return spec, nil
}

// chooseBuilder follows an engine that is configured to build without BuildKit, if the user
// did not choose.
func (e *Engine) chooseBuilder(req core.BuildRequest, spec *builder.Spec) error {
	if spec.Classic || req.Builder != "" || e.environ(req.Environ).Get("DOCKER_BUILDKIT") != "" || !e.session.ClassicBuilds() {
		return nil
	}
	return spec.SetClassic()
}

func (e *Engine) buildHost(req core.BuildRequest) *builder.Host {
	return &builder.Host{
		API:             e.api.ClientVersion(),
		Dial:            e.session.DialEndpoint,
		ContainerdStore: e.hasContainerdStore,
		Login:           e.logins.With(req.Environ).Find,
		Classic:         e.classicBuild,
		Owner:           e.opts.Open.Owner,
	}
}

// hasContainerdStore reports whether the engine keeps its images in containerd's store.
func (e *Engine) hasContainerdStore(ctx context.Context) (bool, error) {
	return imageinfo.ContainerdStore(ctx, func(ctx context.Context) (json.RawMessage, error) { return e.session.Get(ctx, "/info") })
}

// listen decides which events the caller gets.
func listen(req core.BuildRequest, spec *builder.Spec, s core.Streams) builder.Listener {
	shown := spec.Display != "" && spec.Display != "quiet" && spec.Display != "none" && !spec.Quiet
	if shown {
		s.Emit(core.BuildDisplayEvent{Event: "display", Mode: spec.Display})
	}
	var l builder.Listener
	if req.Progress || shown {
		l.Events = s.Emit
	}
	if req.Plain || shown {
		l.Plain = s.Emit
	}
	return l
}
