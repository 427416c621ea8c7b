package engine

import (
	"context"
	"io"

	"github.com/containerd/platforms"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageSave implements core.Images. The file gets its name only when it is complete.
func (e *Engine) ImageSave(ctx context.Context, req core.SaveRequest, s core.Streams) (result core.SaveResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Invalid: checkSave(req), Long: true}, func(ctx context.Context) error {
		save := func(ctx context.Context) error {
			result, err = e.save(ctx, req, s)
			return err
		}
		if req.Path == "" {
			return save(ctx)
		}
		return e.session.Retry(ctx, save) // a file can be written again
	})
	return result, err
}

func checkSave(req core.SaveRequest) error {
	if len(req.Images) == 0 {
		return core.Errorf(core.KindInvalidArgument, "no image is named")
	}
	for _, name := range req.Images {
		if err := session.CheckImageName(name); err != nil {
			return err
		}
	}
	return registry.CheckPlatform(req.Platform)
}

func (e *Engine) save(ctx context.Context, req core.SaveRequest, s core.Streams) (core.SaveResult, error) {
	if req.Path == "" {
		return e.saveTo(ctx, req, s.Stdout, s)
	}
	file, err := newPartial(req.Path)
	if err != nil {
		return core.SaveResult{}, err
	}
	defer file.discard()
	result, err := e.saveTo(ctx, req, file, s)
	if err != nil {
		return result, err
	}
	return result, file.complete()
}

func (e *Engine) saveTo(ctx context.Context, req core.SaveRequest, to io.Writer, s core.Streams) (core.SaveResult, error) {
	body, err := e.openArchive(ctx, req.Images, req.Platform)
	if err != nil {
		return core.SaveResult{}, err
	}
	defer func() { _ = body.Close() }()
	n, err := io.Copy(to, streams.NewByteMeter(req.Progress, s.Event, -1).Reader(body))
	return core.SaveResult{Bytes: n}, err
}

// openArchive starts reading images as an archive.
func (e *Engine) openArchive(ctx context.Context, images []string, platform string) (io.ReadCloser, error) {
	var options []client.ImageSaveOption
	if platform != "" {
		if err := e.needVersion("1.48", "saving one platform of an image"); err != nil {
			return nil, err
		}
		one, err := platforms.Parse(platform)
		if err != nil {
			return nil, err
		}
		options = append(options, client.ImageSaveWithPlatforms(one))
	}
	var body io.ReadCloser
	err := session.RetryLease(ctx, func(bool) (err error) {
		body, err = e.api.ImageSave(ctx, images, options...)
		return err
	})
	return body, saveFault(ctx, err)
}
