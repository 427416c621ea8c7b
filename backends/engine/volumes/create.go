package volumes

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// LabelAnonymous is what engines give volumes without a name since the API AnonymousSince.
const (
	LabelAnonymous = "com.docker.volume.anonymous"
	AnonymousSince = "1.42"
)

// VolumeCreate implements core.Volumes. It may be repeated: a name is made here if there is
// none, and an engine returns the volume that has the name.
func (v *Volumes) VolumeCreate(ctx context.Context, req core.VolumeCreateRequest) (raw json.RawMessage, err error) {
	named, invalid := req.Name != "", error(nil)
	if named {
		invalid = core.VolumeName(req.Name)
	} else {
		req.Name = randomName()
	}
	labels, mark := session.MarkedLabels(req.Labels)
	create := func(ctx context.Context) error {
		if !named && KnowsAnonymous(v.session.API) {
			labels[LabelAnonymous] = ""
		}
		made, err := v.session.API.VolumeCreate(ctx, volume.CreateOptions{Name: req.Name, Driver: req.Driver, DriverOpts: req.DriverOptions, Labels: labels})
		if err != nil {
			return err
		}
		if made.Labels[session.LabelCreation] != mark {
			if err := isAsWanted(made, req); err != nil {
				return err
			}
		}
		_, raw, err = v.session.API.VolumeInspectWithRaw(ctx, req.Name)
		return err
	}
	err = v.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		err := create(ctx)
		if ctx.Err() != nil {
			v.session.UndoCreation(func(ctx context.Context) (bool, error) { return v.removeVolumeOf(ctx, req.Name, mark) })
		}
		return err
	})
	return raw, err
}

// KnowsAnonymous reports whether an engine distinguishes anonymous volumes from others.
func KnowsAnonymous(api *client.Client) bool {
	return versions.GreaterThanOrEqualTo(api.ClientVersion(), AnonymousSince)
}

// isAsWanted refuses a volume that existed before and is another one than was asked for. No
// value is named: an option may be a password.
func isAsWanted(made volume.Volume, req core.VolumeCreateRequest) error {
	what := ""
	switch {
	case !includes(made.Options, req.DriverOptions):
		what = "driver options"
	case !includes(made.Labels, req.Labels):
		what = "labels"
	default:
		return nil
	}
	return core.Errorf(core.KindConflict, "there is a volume %q already, with other %s: remove it, or use another name", req.Name, what)
}

// includes reports whether a volume has what was asked for; it may have more.
func includes(has, wanted map[string]string) bool {
	for name, value := range wanted {
		if got, is := has[name]; !is || got != value {
			return false
		}
	}
	return true
}

// removeVolumeOf removes the volume that a cancelled call made, not one that was there before, and
// reports whether there was one of either kind.
func (v *Volumes) removeVolumeOf(ctx context.Context, name, mark string) (found bool, err error) {
	made, err := v.session.API.VolumeInspect(ctx, name)
	if err == nil && made.Labels[session.LabelCreation] == mark {
		err = v.session.API.VolumeRemove(ctx, name, false)
	}
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// randomName returns a name such as engines give anonymous volumes.
func randomName() string {
	var name [32]byte
	_, _ = rand.Read(name[:]) // it never fails
	return hex.EncodeToString(name[:])
}
