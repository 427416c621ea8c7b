package hostfiles

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// applier carries out a plan. Each stage ends before the next begins.
type applier struct {
	plan        *Plan
	from, to    Tree
	concurrency int
	rules       *filter.Rules // protect what is cleared and deleted
	verify      bool          // read back what was sent
	linker      Linker        // links files to the source's; nil copies
	issues      *Issues
	meter       *Meter
	temps       *Temps

	blocked      sync.Map // paths where something in the way must stay
	anyBlocked   atomic.Bool
	grown        sync.Map // paths that changed meanwhile, as a Batch says
	files, bytes atomic.Int64
	deleted      atomic.Int64
	lastSum      atomic.Value // of the last file verified
}

func (a *applier) run(ctx context.Context) error {
	p := a.plan
	a.meter.SetTotal(p.Bytes)
	stages := []func() error{
		func() error { return a.each(ctx, len(p.Clear), func(i int) error { return a.remove(ctx, p.Clear[i]) }) },
		func() error { return a.makeFolders(ctx) },
		func() error { return a.sendAll(ctx) },
		func() error {
			return a.each(ctx, len(p.Symlinks), func(i int) error { return a.symlink(ctx, p.Symlinks[i]) })
		},
		func() error { return a.each(ctx, len(p.Touch), func(i int) error { return a.touch(ctx, p.Touch[i]) }) },
		func() error { return a.each(ctx, len(p.Links), func(i int) error { return a.link(ctx, p.Links[i]) }) },
		func() error {
			return a.each(ctx, len(p.Delete), func(i int) error { return a.remove(ctx, p.Delete[i]) })
		},
		func() error { return a.setFolders(ctx) },
	}
	for _, stage := range stages {
		if err := stage(); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) sendAll(ctx context.Context) error {
	if batch, _, can := batchOf(a.from); can {
		return a.receive(ctx, batch)
	}
	return a.each(ctx, len(a.plan.Send), func(i int) error { return a.send(ctx, a.plan.Send[i]) })
}

// each runs do for 0 to n-1, several at once, until one gives an error.
func (a *applier) each(ctx context.Context, n int, do func(i int) error) error {
	return guard.Each(ctx, a.concurrency, n, do)
}

// makeFolders makes the folders of one depth at once, parents first.
func (a *applier) makeFolders(ctx context.Context) error {
	var levels [][]int
	for _, i := range a.plan.Make {
		d := depth(a.plan.Source[i].Path)
		for len(levels) <= d {
			levels = append(levels, nil)
		}
		levels[d] = append(levels[d], i)
	}
	for _, level := range levels {
		err := a.each(ctx, len(level), func(n int) error {
			path := a.plan.Source[level[n]].Path
			if a.isBlocked(path) {
				return nil
			}
			err := a.to.Mkdir(ctx, path)
			if errors.Is(err, fs.ErrExist) {
				err = nil // another sync made it
			}
			if err != nil {
				a.block(path)
				return a.issues.Fail(path, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// setFolders sets the folders' attributes, children first: a parent's time changes
// when something is made in it, and its mode may forbid entering it.
func (a *applier) setFolders(ctx context.Context) error {
	var levels [][]Pair
	for _, pair := range a.plan.Folders {
		d := depth(a.plan.Source[pair.Index].Path)
		for len(levels) <= d {
			levels = append(levels, nil)
		}
		levels[d] = append(levels[d], pair)
	}
	for d := len(levels) - 1; d >= 0; d-- {
		err := a.each(ctx, len(levels[d]), func(n int) error {
			want := &a.plan.Source[levels[d][n].Index]
			if a.isBlocked(want.Path) {
				return nil
			}
			return a.setFolder(ctx, want)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// setFolder looks first: changes inside a folder have changed its time.
func (a *applier) setFolder(ctx context.Context, want *Entry) error {
	have, err := a.to.Lstat(ctx, want.Path)
	if err == nil {
		err = a.to.Set(ctx, want.Path, &have, want)
	}
	if err != nil {
		return a.issues.Fail(want.Path, err)
	}
	return nil
}

func (a *applier) block(path string) {
	a.blocked.Store(path, true)
	a.anyBlocked.Store(true)
}

// isBlocked reports whether the path or a folder above it could not be made.
func (a *applier) isBlocked(path string) bool {
	for path != "" && a.anyBlocked.Load() {
		if _, blocked := a.blocked.Load(path); blocked {
			return true
		}
		path, _ = Split(path)
	}
	return false
}

func depth(path string) int {
	if path == "" {
		return 0
	}
	n := 1
	for i := range len(path) {
		if path[i] == '/' {
			n++
		}
	}
	return n
}

func (a *applier) touch(ctx context.Context, pair Pair) error {
	want := &a.plan.Source[pair.Index]
	if err := a.to.Set(ctx, want.Path, &a.plan.Have[pair.Have], want); err != nil {
		return a.issues.Fail(want.Path, err)
	}
	return nil
}

func (a *applier) remove(ctx context.Context, r Removal) error {
	remover := &Remover{Tree: a.to, Rules: a.rules, Concurrency: a.concurrency, Deleted: &a.deleted}
	var err error
	if r.IsFolder && r.Recurse {
		err = remover.Folder(ctx, r.Path)
	} else {
		err = remover.one(ctx, r.Path, r.IsFolder)
	}
	if isNotEmpty(err) {
		a.block(r.Path)
		a.issues.Add(r.Path, core.IssueNotEmpty, "the folder holds what must not be deleted")
		return nil
	}
	if err != nil {
		a.block(r.Path)
		return a.issues.Fail(r.Path, err)
	}
	return nil
}
