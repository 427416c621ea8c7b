package containerfs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// copyFault classifies the engine's answers to copies, most of which have status 500, and
// names the path in the container.
func copyFault(ctx context.Context, inside string, err error) error {
	return faultIn(ctx, "the container", inside, err)
}

// faultIn is copyFault that says which container it is.
func faultIn(ctx context.Context, where, inside string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if errors.As(err, &known) || ctx.Err() != nil {
		return err
	}
	text := session.EngineMessage(err)
	makeError := func(kind core.Kind, message string) *core.Error {
		return (&core.Error{Kind: kind, Message: message, Err: err}).With("path", inside)
	}
	has := func(part string) bool { return strings.Contains(strings.ToLower(text), part) }
	is := func(numbers ...syscall.Errno) bool {
		reason := agent.Reason(err)
		return slices.ContainsFunc(numbers, func(number syscall.Errno) bool { return errors.Is(reason, number) })
	}
	switch {
	case has("no such container"):
		return session.Translate(ctx, err)
	case is(syscall.ENOSPC, syscall.EDQUOT):
		return makeError(core.KindEngineError, "no space left in "+where+" at "+inside+": "+text).With("reason", "disk_full")
	case is(syscall.ENOENT):
		return makeError(core.KindPathNotFound, "there is no "+inside+" in "+where)
	case is(syscall.ENOTDIR):
		return makeError(core.KindConflict, inside+" is not a folder in "+where)
	case is(syscall.EEXIST):
		return makeError(core.KindConflict, "a folder cannot replace a file, nor a file a folder: "+text)
	case is(syscall.EROFS):
		return makeError(core.KindPermissionDenied, inside+" is read-only in "+where)
	case is(syscall.EACCES, syscall.EPERM):
		return makeError(core.KindPermissionDenied, "the engine may not write "+inside+": "+text)
	case has("invalid symlink"), has("invalid hardlink"):
		return makeError(core.KindInvalidArgument, "the engine refuses a link that points out of what is copied: "+text)
	}
	return err
}

// pathFault is the typed error of a path that a program named.
func pathFault(ctx context.Context, req core.FileRequest, err error) error {
	where := "the container " + req.Container
	fault := faultIn(ctx, where, req.Path, err)
	var known *core.Error
	if agent.IsErrno(fault) && errors.As(fileerr.At(req.Path+" in "+where, fault), &known) {
		fault = known.With("path", req.Path)
	}
	if errors.As(fault, &known) && known.Details["path"] != nil {
		known.With("container", req.Container)
	}
	return fault
}
