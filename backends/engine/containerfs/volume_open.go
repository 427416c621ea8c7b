package containerfs

import (
	"context"
	"crypto/rand"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

const (
	// volumePath is where the container of an open volume has it.
	volumePath = "/volume"
	// labelMade is on a volume that an engine made because a container asked for it.
	labelMade = "ml-nexus-go.made-by-open"
)

// VolumeOpen implements core.FileAccess.
func (a *Access) VolumeOpen(ctx context.Context, req core.VolumeOpenRequest) (result core.VolumeOpenResult, err error) {
	o := session.Operation{Invalid: core.VolumeName(req.Volume), Long: true}
	err = a.files.session.Perform(ctx, o, func(ctx context.Context) error {
		a.files.helpers.Begin()
		id, err := a.files.openVolume(ctx, req)
		if err != nil {
			a.end(ctx)
			return err
		}
		a.opened.Store(id, true)
		result = core.VolumeOpenResult{Container: id, Path: volumePath}
		return nil
	})
	return result, err
}

// VolumeClose implements core.FileAccess.
func (a *Access) VolumeClose(ctx context.Context, req core.VolumeCloseRequest) error {
	return a.files.session.Perform(ctx, session.Operation{Long: true}, func(ctx context.Context) error {
		return a.closeVolume(ctx, req.Container)
	})
}

func (a *Access) closeVolume(ctx context.Context, id string) error {
	if _, is := a.opened.LoadAndDelete(id); !is {
		return core.Errorf(core.KindInvalidArgument, "%q is not the container of an open volume", id)
	}
	defer a.end(ctx)
	return a.files.session.Retry(ctx, func(ctx context.Context) error { return a.files.helpers.Remove(ctx, id) })
}

func (a *Access) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), session.CleanupTime)
	defer cancel()
	a.files.helpers.End(ctx)
}

// Close closes what is open still.
func (a *Access) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), session.CleanupTime)
	defer cancel()
	a.opened.Range(func(id, _ any) bool {
		_ = a.closeVolume(ctx, id.(string))
		return true
	})
}

// openVolume makes a container with a volume. An engine makes a volume that it lacks: if the
// volume was removed since it was looked for, the new one is known by its label and removed.
func (f *Files) openVolume(ctx context.Context, req core.VolumeOpenRequest) (id string, err error) {
	if _, err := f.volumeLabel(ctx, req.Volume); err != nil {
		return "", err
	}
	mark := rand.Text()
	if id, err = f.volumeContainer(ctx, req, mark); err != nil {
		return "", err
	}
	label, err := f.volumeLabel(ctx, req.Volume)
	if err == nil && label != mark && ctx.Err() == nil {
		return id, nil
	}
	late, cancel := session.Outlive(ctx)
	defer cancel()
	stays := f.helpers.Remove(late, id)
	switch {
	case stays != nil && err == nil:
		err = stays
	case label == mark:
		err = core.Errorf(core.KindNotFound, "there is no volume %s: it was removed meanwhile", req.Volume).With("volume", req.Volume)
		if failed := f.session.API.VolumeRemove(late, req.Volume, false); failed != nil && !cerrdefs.IsNotFound(failed) {
			err = failed
		}
	case err == nil:
		err = core.ContextError(ctx, "")
	}
	return "", err
}

func (f *Files) volumeLabel(ctx context.Context, name string) (label string, err error) {
	err = f.session.Retry(ctx, func(ctx context.Context) error {
		found, err := f.session.API.VolumeInspect(ctx, name)
		label = found.Labels[labelMade]
		return err
	})
	return label, err
}

// volumeContainer makes the container. One whose answer was lost is removed by helpers, so that
// another one is made, and not looked for.
func (f *Files) volumeContainer(ctx context.Context, req core.VolumeOpenRequest, mark string) (id string, err error) {
	volume := mount.Mount{
		Type: mount.TypeVolume, Source: req.Volume, Target: volumePath, ReadOnly: req.ReadOnly,
		VolumeOptions: &mount.VolumeOptions{NoCopy: true, Labels: map[string]string{labelMade: mark}},
	}
	err = f.session.Retry(ctx, func(ctx context.Context) error {
		id, err = f.helpers.Container(ctx, []string{"volume"}, container.HostConfig{Mounts: []mount.Mount{volume}})
		return err
	})
	return id, err
}
