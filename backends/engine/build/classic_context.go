package build

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/util/staticfs"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

const ignoreFile = ".dockerignore"

// classicContext is what the classic builder gets: the folder without what is ignored,
// and the Dockerfile, under its name in the archive.
func (s *Spec) classicContext(trouble *localfiles.Trouble) (fsutil.FS, string, error) {
	c := s.source
	patterns, ignore, err := c.ignored()
	if err != nil {
		return nil, "", err
	}
	dockerfile := c.inside
	// The engine removes both from the context again if the ignore file names them.
	if dockerfile != "" {
		patterns = append(patterns, "!"+dockerfile, "!"+ignoreFile)
	}
	watched, err := localfiles.Watch(c.folder, "the context", trouble)
	if err != nil {
		return nil, "", err
	}
	watched.NoSockets = true // as docker's own command does
	folder, err := fsutil.NewFilterFS(watched, &fsutil.FilterOpt{
		ExcludePatterns: patterns,
		Map: func(_ string, stat *fstypes.Stat) fsutil.MapResult {
			stat.Uid, stat.Gid = 0, 0
			return fsutil.MapResultKeep
		},
	})
	if err != nil {
		return nil, "", invalid("the ignore file of the context: %w", err)
	}
	if dockerfile != "" {
		return folder, dockerfile, nil
	}
	random := make([]byte, 10)
	_, _ = rand.Read(random)
	dockerfile = ".dockerfile." + hex.EncodeToString(random)
	return staticfs.NewMergeFS(folder, c.added(dockerfile, ignore)), dockerfile, nil
}

// ignored reads the patterns of what is not sent, and the context's own ignore file.
func (c *source) ignored() (patterns []string, ignore []byte, err error) {
	ignore, err = os.ReadFile(filepath.Join(c.folder, ignoreFile))
	if err != nil && !errors.Is(err, iofs.ErrNotExist) {
		return nil, nil, localfiles.PathError(err, "the context's ignore file", filepath.Join(c.folder, ignoreFile))
	}
	text := ignore
	if c.ignore != nil {
		text = c.ignore
	}
	patterns, err = ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return nil, nil, invalid("the ignore file of the context: %w", err)
	}
	return patterns, ignore, nil
}

// added returns a folder with a Dockerfile that the context lacks. The engine removes it
// from the context again, because the ignore file names it.
func (c *source) added(name string, ignore []byte) fsutil.FS {
	text := bytes.TrimRight(ignore, "\n")
	if ignore == nil {
		text = []byte(ignoreFile)
	}
	text = append(append(bytes.Clone(text), '\n'), name+"\n"...)
	return localfiles.Memory{name: c.text, ignoreFile: text}
}

// archive streams the context as a tar archive.
func archive(ctx context.Context, files fsutil.FS, trouble *localfiles.Trouble) io.ReadCloser {
	out, in := io.Pipe()
	files = &localfiles.HeaderSizes{FS: files}
	write := func() {
		err := fsutil.WriteTar(ctx, files, in)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) && ctx.Err() == nil {
			trouble.Note("the context", "a file", err)
		}
		_ = in.CloseWithError(err)
	}
	guard.Go(write, func(p *guard.Panic) { _ = in.CloseWithError(p) })
	return out
}
