package build

import (
	"io"
	"os"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// outputFile writes an archive that BuildKit sends. An unfinished one is removed.
func outputFile(path string, trouble *trouble) func(map[string]string) (io.WriteCloser, error) {
	return func(map[string]string) (io.WriteCloser, error) {
		file, err := os.Create(path)
		if err != nil {
			trouble.keep(outputError(path, err))
			return nil, err
		}
		return guardedOutput{&watchedOutput{file, trouble}}, nil
	}
}

func outputError(path string, err error) *core.Error {
	out := core.Errorf(localKind(err), "the output %s cannot be written: %w", path, err).With("path", path)
	if fileerr.IsFull(err) {
		out.With("reason", "disk_full")
	}
	return out
}

type watchedOutput struct {
	*os.File
	trouble *trouble
}

func (w *watchedOutput) Write(p []byte) (int, error) {
	n, err := w.File.Write(p)
	if err != nil {
		w.trouble.keep(outputError(w.Name(), err))
		if info, err := w.Stat(); err == nil && info.Mode().IsRegular() {
			_ = os.Remove(w.Name())
		}
	}
	return n, err
}
