package localfiles

import (
	"bytes"
	"context"
	"io"
	iofs "io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// Memory is a folder of small files in Memory, without subfolders.
type Memory map[string][]byte

// Walk implements fsutil.FS. The files' time is now.
func (m Memory) Walk(_ context.Context, target string, fn iofs.WalkDirFunc) error {
	now := time.Now().UnixNano()
	target = strings.Trim(target, "/")
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if target != "" && target != name {
			continue
		}
		stat := &fstypes.Stat{Path: name, Mode: 0o644, Size: int64(len(m[name])), ModTime: now}
		if err := fn(name, &fsutil.DirEntryInfo{Stat: stat}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Open implements fsutil.FS.
func (m Memory) Open(name string) (io.ReadCloser, error) {
	data, ok := m[strings.Trim(name, "/")]
	if !ok {
		return nil, iofs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}
