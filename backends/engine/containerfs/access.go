package containerfs

import (
	"context"
	"path"
	"sync"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Access implements core.FileAccess. Make it with NewAccess.
type Access struct {
	files *Files
	// tempDir is where content that is to be written waits if it is large.
	tempDir string
	// opened are the containers of open volumes, by ID.
	opened sync.Map
}

var _ core.FileAccess = (*Access)(nil)

// NewAccess makes the access to single files. It uses no network.
func NewAccess(files *Files, tempDir string) *Access {
	return &Access{files: files, tempDir: tempDir}
}

// perform does something with a path of a container, again after a lost connection.
func (a *Access) perform(ctx context.Context, req *core.FileRequest, do func(ctx context.Context) error) error {
	o := operation(req)
	o.Repeat = true
	return a.files.session.Perform(ctx, o, func(ctx context.Context) error {
		return pathFault(ctx, *req, do(ctx))
	})
}

func operation(req *core.FileRequest) session.Operation {
	return session.Operation{Container: &req.Container, Invalid: CheckAbsolute(req.Path), Timeout: req.TimeoutSeconds, Long: true}
}

// CheckAbsolute refuses a path that is not absolute in a container.
func CheckAbsolute(inside string) error {
	if err := checkText("path in the container", inside); err != nil {
		return err
	}
	if !path.IsAbs(inside) {
		return core.Errorf(core.KindInvalidArgument, "the path in the container %q is not absolute", inside).With("path", inside)
	}
	return nil
}

// placed describes a container, while something is done by the archive endpoints. It returns
// the mount that hides the path from them, or "".
func (f *Files) placed(ctx context.Context, name, full string, meanwhile func() error) (container.InspectResponse, string, error) {
	return f.placedFor(ctx, name, full, false, meanwhile)
}

// placedFor is placed for what may write there.
func (f *Files) placedFor(ctx context.Context, name, full string, writes bool, meanwhile func() error) (info container.InspectResponse, hidden string, err error) {
	err = guard.All(ctx, meanwhile, func() (err error) {
		info, err = f.session.API.ContainerInspect(ctx, name)
		return err
	})
	if err == nil {
		hidden, err = f.hiddenPlace(ctx, info, full)
	}
	if err == nil && hidden != "" {
		err = checkHiddenPlace(info, hidden, full, writes)
	}
	return info, hidden, err
}
