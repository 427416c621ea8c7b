package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
)

// partial is a file that gets its name when it is complete.
type partial struct {
	file *os.File
	path string
}

func newPartial(path string) (*partial, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, core.Errorf(core.KindInvalidArgument, "%s is there and is no file: give the path of a file", path).With("path", path)
	}
	// As with docker save, only the owner may read it: an image may hold secrets.
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".partial-*")
	if err != nil {
		return nil, localFault(path, err)
	}
	return &partial{file: file, path: path}, nil
}

func (p *partial) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if err != nil {
		err = localFault(p.path, err)
	}
	return n, err
}

func (p *partial) complete() error {
	err := p.file.Close()
	if err == nil {
		err = os.Rename(p.file.Name(), p.path)
	}
	if err != nil {
		return localFault(p.path, err)
	}
	return nil
}

// discard does nothing after complete.
func (p *partial) discard() {
	_ = p.file.Close()
	_ = os.Remove(p.file.Name())
}

// localFault names a file of this machine in an error about it.
func localFault(path string, err error) error {
	var known *core.Error
	if errors.As(err, &known) {
		return err
	}
	kind, why := core.KindEngineError, err
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		why = inPath.Err // its path may be that of the incomplete file
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		kind = core.KindPathNotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		kind = core.KindPermissionDenied
	}
	out := core.Errorf(kind, "%s: %w", path, why).With("path", path)
	if errors.Is(err, syscall.ENOSPC) {
		out.With("reason", "disk_full")
	}
	return out
}
