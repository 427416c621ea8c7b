package localfiles

import (
	"io"
	"os"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// Output writes an archive that BuildKit sends. An unfinished one is removed.
func Output(path string, trouble *Trouble) func(map[string]string) (io.WriteCloser, error) {
	return func(map[string]string) (io.WriteCloser, error) {
		file, err := os.Create(path)
		if err != nil {
			trouble.Keep(outputError(path, err))
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
	trouble *Trouble
}

func (w *watchedOutput) Write(p []byte) (int, error) {
	n, err := w.File.Write(p)
	if err != nil {
		w.trouble.Keep(outputError(w.Name(), err))
		if info, err := w.Stat(); err == nil && info.Mode().IsRegular() {
			_ = os.Remove(w.Name())
		}
	}
	return n, err
}
