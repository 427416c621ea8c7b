package engine

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/containerd/platforms"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageLoad implements core.Images. A truncated archive loads nothing.
func (e *Engine) ImageLoad(ctx context.Context, req core.LoadRequest, s core.Streams) (result core.LoadResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Invalid: registry.CheckPlatform(req.Platform), Long: true}, func(ctx context.Context) error {
		load := func() error {
			result, err = e.load(ctx, req, s)
			return err
		}
		if req.Path == "" {
			return load()
		}
		return e.session.RetryWithLease(ctx, load) // a file can be read again
	})
	return result, err
}

func (e *Engine) load(ctx context.Context, req core.LoadRequest, s core.Streams) (core.LoadResult, error) {
	source, total := s.Stdin, int64(-1)
	if req.Path != "" {
		file, size, err := streams.OpenLocal(req.Path)
		if err != nil {
			return core.LoadResult{}, err
		}
		defer func() { _ = file.Close() }()
		source, total = file, size
	}
	if source == nil {
		return core.LoadResult{}, core.Errorf(core.KindInvalidArgument, "there is neither a file nor an input to load from")
	}
	var options []client.ImageLoadOption
	if req.Platform != "" {
		if err := e.needVersion("1.48", "loading one platform of an image"); err != nil {
			return core.LoadResult{}, err
		}
		one, err := platforms.Parse(req.Platform)
		if err != nil {
			return core.LoadResult{}, err
		}
		options = append(options, client.ImageLoadWithPlatforms(one))
	}
	meter := streams.NewByteMeter(req.Progress, s.Event, total)
	progress := registry.NewLayerProgress(req.Progress, s.Event)
	return e.loadFrom(ctx, meter.Reader(source), progress, options...)
}

// loadFrom sends an archive and reads what the engine loaded.
func (e *Engine) loadFrom(ctx context.Context, archive io.Reader, progress *registry.LayerProgress, options ...client.ImageLoadOption) (core.LoadResult, error) {
	result := core.LoadResult{Images: []string{}}
	sent := streams.NewSending(archive)
	body, end := streams.EndingWith(ctx, sent)
	defer end()
	answer, err := e.api.ImageLoad(ctx, body, options...)
	if failed := sent.Failure(); failed != nil && ctx.Err() == nil {
		if err == nil {
			_ = answer.Body.Close()
		}
		return result, failed
	}
	if err != nil {
		return result, registry.ArchiveFault(ctx, "archive of images", err)
	}
	err = registry.EachMessage(ctx, answer.Body, func(m *jsonmessage.JSONMessage) {
		text := strings.TrimSpace(m.Stream)
		for _, before := range []string{"Loaded image: ", "Loaded image ID: "} {
			if name, ok := strings.CutPrefix(text, before); ok {
				result.Images = append(result.Images, name)
			}
		}
		if m.Status == "" {
			m.Status = text
		}
		progress.Message(m)
	})
	if failed := sent.Failure(); failed != nil && err != nil && ctx.Err() == nil {
		return result, failed
	}
	if err == nil && len(result.Images) == 0 {
		err = errors.New("no image is in it")
	}
	return result, registry.ArchiveFault(ctx, "archive of images", err)
}
