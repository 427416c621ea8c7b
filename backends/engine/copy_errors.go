package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// copyFault sorts out the engine's answers to copies, most of which come with status
// 500, and names the path in the container.
func copyFault(ctx context.Context, inside string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if errors.As(err, &known) || ctx.Err() != nil {
		return err
	}
	text := session.EngineMessage(err)
	give := func(kind core.Kind, message string) *core.Error {
		return (&core.Error{Kind: kind, Message: message, Err: err}).With("path", inside)
	}
	has := func(part string) bool { return strings.Contains(strings.ToLower(text), part) }
	switch {
	case has("no such container"):
		return session.Translate(ctx, err)
	case has("no space left on device"), has("disk quota exceeded"):
		return give(core.KindEngineError, "no space left in the container at "+inside+": "+text).With("reason", "disk_full")
	case has("could not find the file"), has("no such file or directory"):
		return give(core.KindPathNotFound, "there is no "+inside+" in the container")
	case has("extraction point is not a directory"), has("not a directory"):
		return give(core.KindConflict, inside+" is not a folder in the container")
	case has("cannot overwrite"):
		return give(core.KindConflict, "a folder cannot replace a file, nor a file a folder: "+text)
	case has("marked read-only"), has("read-only file system"):
		return give(core.KindPermissionDenied, inside+" is read-only in the container")
	case has("permission denied"), has("operation not permitted"):
		return give(core.KindPermissionDenied, "the engine may not write "+inside+": "+text)
	case has("invalid symlink"), has("invalid hardlink"):
		return give(core.KindInvalidArgument, "the engine refuses a link that points out of what is copied: "+text)
	}
	return err
}
