package hostfiles

import (
	"context"
	"errors"
	"io/fs"
	"sync/atomic"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Remover removes folders with their content, except what rules exclude.
type Remover struct {
	Tree        Tree
	Rules       *filter.Rules
	Concurrency int
	// Deleted counts the removed names.
	Deleted *atomic.Int64
}

// Folder removes a folder. What vanishes meanwhile is fine. If something excluded stays in
// it, everything else is removed and the error is ENOTEMPTY.
func (r *Remover) Folder(ctx context.Context, folder string) error {
	entries, err := r.Tree.ReadDir(ctx, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var stays atomic.Bool
	inner := *r
	inner.Concurrency = max(1, r.Concurrency/4)
	err = guard.Each(ctx, r.Concurrency, len(entries), func(i int) error {
		e := &entries[i]
		if r.Rules.Excluded(e.Path, e.Type == Folder) {
			stays.Store(true)
			return nil
		}
		var err error
		if e.Type == Folder {
			err = inner.Folder(ctx, e.Path)
		} else {
			err = r.one(ctx, e.Path, false)
		}
		if isNotEmpty(err) {
			stays.Store(true)
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case stays.Load():
		return syscall.ENOTEMPTY
	}
	return r.one(ctx, folder, true)
}

func (r *Remover) one(ctx context.Context, path string, isFolder bool) error {
	err := r.Tree.Remove(ctx, path, isFolder)
	if err == nil {
		r.Deleted.Add(1)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func isNotEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST)
}
