package volumes

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// VolumeRemove implements core.Volumes. The files in a volume may be many.
func (v *Volumes) VolumeRemove(ctx context.Context, req core.VolumeRemoveRequest) error {
	asked := 0
	operation := session.Operation{Invalid: core.VolumeName(req.Volume), Repeat: true, Long: true}
	return v.session.Perform(ctx, operation, func(ctx context.Context) error {
		err := v.session.API.VolumeRemove(ctx, req.Volume, req.Force)
		if asked++; asked > 1 && cerrdefs.IsNotFound(err) {
			return nil // by the request whose answer was lost
		}
		return err
	})
}
