package archive

import (
	"context"
	"io/fs"
	"path/filepath"
	"syscall"
)

// Size returns how many bytes of content an archive of source will have.
func Size(ctx context.Context, source string) (int64, error) {
	total, known := int64(0), map[fileID]bool{}
	err := filepath.WalkDir(source, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		// A further name of a file is a link in the archive.
		if stat, has := info.Sys().(*syscall.Stat_t); has && stat.Nlink > 1 {
			id := fileID{uint64(stat.Dev), stat.Ino}
			if known[id] {
				return nil
			}
			known[id] = true
		}
		total += info.Size()
		return nil
	})
	return total, err
}
