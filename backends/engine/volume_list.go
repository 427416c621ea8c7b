package engine

import (
	"context"
	"encoding/json"

	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// VolumeInspect implements core.Volumes.
func (e *Engine) VolumeInspect(ctx context.Context, req core.VolumeRequest) (raw json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Invalid: core.VolumeName(req.Volume), Repeat: true}, func(ctx context.Context) error {
		_, raw, err = e.api.VolumeInspectWithRaw(ctx, req.Volume)
		return err
	})
	return raw, err
}

// VolumeList implements core.Volumes.
func (e *Engine) VolumeList(ctx context.Context, req core.VolumeListRequest) ([]json.RawMessage, error) {
	list := struct{ Volumes []json.RawMessage }{Volumes: []json.RawMessage{}}
	wanted, invalid := filterargs.Checked(req.Filters, "dangling", "driver", "label", "name")
	err := e.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		return e.getFiltered(ctx, "/volumes", wanted, &list)
	})
	if list.Volumes == nil { // null in JSON
		list.Volumes = []json.RawMessage{}
	}
	return list.Volumes, err
}

// getFiltered reads a list as the engine wrote it.
func (e *Engine) getFiltered(ctx context.Context, path string, wanted filters.Args, list any) error {
	path, err := filterargs.ListPath(path, wanted, nil)
	if err != nil {
		return err
	}
	raw, err := e.session.Get(ctx, path)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, list)
}
