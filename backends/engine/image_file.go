package engine

import (
	"os"
	"path/filepath"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// partial is a file that gets its name when it is complete.
type partial struct {
	file *os.File
	path string
}

func newPartial(path string) (*partial, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, core.Errorf(core.KindInvalidArgument, "%s exists but is not a file: give the path of a file", path).With("path", path)
	}
	// As with docker save, only the owner may read it: an image may contain secrets.
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".partial-*")
	if err != nil {
		return nil, fileerr.At(path, err)
	}
	return &partial{file: file, path: path}, nil
}

func (p *partial) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if err != nil {
		err = fileerr.At(p.path, err)
	}
	return n, err
}

func (p *partial) complete() error {
	err := p.file.Close()
	if err == nil {
		err = os.Rename(p.file.Name(), p.path)
	}
	if err != nil {
		return fileerr.At(p.path, err)
	}
	return nil
}

// discard does nothing after complete.
func (p *partial) discard() {
	_ = p.file.Close()
	_ = os.Remove(p.file.Name())
}
