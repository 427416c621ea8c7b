package localfiles

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"strings"
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// Trouble keeps the first problem with files on this machine.
type Trouble struct {
	mu  sync.Mutex
	err *core.Error
	// NotUTF8 is a path that is not UTF-8; it matters only if it has to be sent.
	NotUTF8 string
	// Noted ends the build: BuildKit waits for a file that cannot be read.
	Noted func()
}

// Note keeps an error of a file, unless it means nothing (an end, or a cancelled build).
func (t *Trouble) Note(what, path string, err error) {
	if err == nil || err == io.EOF || errors.Is(err, context.Canceled) {
		return
	}
	t.Keep(describe(what, path, err))
}

// Keep keeps an error.
func (t *Trouble) Keep(err *core.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
		if t.Noted != nil {
			t.Noted()
		}
	}
}

func (t *Trouble) keepNotUTF8(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.NotUTF8 = strings.ToValidUTF8(path, "\uFFFD")
}

// First returns the first error that was kept.
func (t *Trouble) First() *core.Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func describe(what, path string, err error) *core.Error {
	var known *core.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, iofs.ErrPermission):
		return core.Errorf(core.KindPermissionDenied, "%s has %s, which cannot be read: %w: make it readable, or name it in .dockerignore", what, path, err).With("path", path)
	case errors.Is(err, iofs.ErrNotExist):
		return core.Errorf(core.KindPathNotFound, "%s changed during the build: %s is gone: build again when nothing writes there", what, path).With("path", path)
	}
	return core.Errorf(core.KindInvalidArgument, "%s: %s cannot be read: %w", what, path, err).With("path", path)
}

// PathError returns the typed error of the system about a local path.
func PathError(err error, what, path string) *core.Error {
	return core.Errorf(localKind(err), "%s: %w", what, err).With("path", path)
}

// localKind returns the kind of an error of a local file. If the caller can only name another
// file, it is an invalid argument: the engine has no part in it.
func localKind(err error) core.Kind {
	if kind := fileerr.Kind(err); kind != core.KindEngineError {
		return kind
	}
	return core.KindInvalidArgument
}
