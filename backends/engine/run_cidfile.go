package engine

import (
	"fmt"
	"os"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// idFile is the local file of --cidfile: made before the container, and removed if no
// container was created.
type idFile struct {
	path    string // "" without the option
	written bool
}

func openIDFile(path string) (*idFile, error) {
	if path == "" {
		return &idFile{}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if os.IsExist(err) {
		return nil, core.Errorf(core.KindInvalidArgument, "container ID file found, make sure the other container isn't running or delete %s", path)
	}
	if err != nil {
		return nil, core.Errorf(fileerr.Kind(err), "failed to create the container ID file %s: %s", path, fileerr.Reason(err)).With("path", path)
	}
	_ = file.Close()
	return &idFile{path: path}, nil
}

// write replaces what the file says, also after close.
func (f *idFile) write(id string) error {
	if f.path == "" {
		return nil
	}
	if err := os.WriteFile(f.path, []byte(id), 0o666); err != nil {
		return fmt.Errorf("failed to write the container ID to the file: %w", err)
	}
	f.written = true
	return nil
}

func (f *idFile) close() {
	if f.path != "" && !f.written {
		_ = os.Remove(f.path)
	}
}
