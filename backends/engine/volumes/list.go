package volumes

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// VolumeInspect implements core.Volumes.
func (v *Volumes) VolumeInspect(ctx context.Context, req core.VolumeRequest) (raw json.RawMessage, err error) {
	err = v.session.Perform(ctx, session.Operation{Invalid: core.VolumeName(req.Volume), Repeat: true}, func(ctx context.Context) error {
		_, raw, err = v.session.API.VolumeInspectWithRaw(ctx, req.Volume)
		return err
	})
	return raw, err
}

// VolumeList implements core.Volumes.
func (v *Volumes) VolumeList(ctx context.Context, req core.VolumeListRequest) ([]json.RawMessage, error) {
	list := struct{ Volumes []json.RawMessage }{Volumes: []json.RawMessage{}}
	path, invalid := filterargs.Request("/volumes", req.Filters, []string{"dangling", "driver", "label", "name"}, nil)
	err := v.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		return v.session.Read(ctx, path, &list)
	})
	if list.Volumes == nil { // null in JSON
		list.Volumes = []json.RawMessage{}
	}
	return list.Volumes, err
}
