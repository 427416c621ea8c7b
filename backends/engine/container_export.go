package engine

import (
	"context"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerExport implements core.Containers. The file has its name only when it is complete.
func (e *Engine) ContainerExport(ctx context.Context, req core.ContainerExportRequest, s core.Streams) (result core.ContainerExportResult, err error) {
	toFile := req.Path != "" // it can be written again; what a reader has read cannot
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: toFile, Long: true}, func(ctx context.Context) error {
		if toFile {
			result.Bytes, err = e.exportFile(ctx, req, s)
		} else {
			result.Bytes, err = e.exportTo(ctx, req, s.Stdout, s)
		}
		return err
	})
	return result, err
}

func (e *Engine) exportFile(ctx context.Context, req core.ContainerExportRequest, s core.Streams) (int64, error) {
	file, err := newPartial(req.Path)
	if err != nil {
		return 0, err
	}
	defer file.discard()
	n, err := e.exportTo(ctx, req, file, s)
	if err != nil {
		return n, err
	}
	return n, file.complete()
}

func (e *Engine) exportTo(ctx context.Context, req core.ContainerExportRequest, to io.Writer, s core.Streams) (int64, error) {
	body, err := e.api.ContainerExport(ctx, req.Container)
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }()
	return io.Copy(to, streams.NewByteMeter(req.Progress, s.Event, -1).Reader(body))
}
