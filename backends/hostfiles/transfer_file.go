package hostfiles

import (
	"context"
	"io/fs"
	"path"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// runFile transfers one file; the source is its path, the destination its folder.
func (t *transfer) runFile(ctx context.Context, e Entry, trustTimes bool) error {
	from, listing, err := t.openFile(ctx, &e)
	if err != nil {
		return fileerr.At(t.source, err)
	}
	defer from.Close()
	to, err := t.to.Tree(ctx, t.destination)
	if err != nil {
		return fileerr.At(t.destination, err)
	}
	defer to.Close()
	features, err := t.to.Features(ctx)
	if err != nil {
		return err
	}
	var have []Entry
	switch there, err := to.Lstat(ctx, e.Path); {
	case err == nil && there.Type == Folder:
		return fileerr.At(path.Join(t.destination, e.Path), syscall.EISDIR)
	case err == nil && trustTimes:
		have = []Entry{there}
	case err != nil && !fileerr.IsAbsent(err):
		return fileerr.At(path.Join(t.destination, e.Path), err)
	}
	opts := PlanOptions{Owner: t.keepsOwners(features), Times: features.Times}
	if !opts.Owner {
		e.Mode = e.ModeWithoutOwner()
	}
	if t.checksum {
		if opts.SameContent, err = compareContent(ctx, []Entry{e}, have, 1, listing.equal(ctx, from, to)); err != nil {
			return err
		}
	}
	return t.apply(ctx, MakePlan([]Entry{e}, have, opts), from, to, features, features.Concurrency)
}

// openFile opens the tree of the source's folder as one of the source alone, whatever the
// path of e. What a Batch lists of it becomes e.
func (t *transfer) openFile(ctx context.Context, e *Entry) (Tree, *Listing, error) {
	folder, name := path.Split(t.source)
	tree, err := t.from.Tree(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	batch, foreign, can := batchOf(tree)
	if !can {
		return &onlyFile{Tree: tree, name: name}, &Listing{}, nil
	}
	l, err := t.listBatch(ctx, batch, foreign, name)
	if err == nil && len(l.Entries) == 0 || err == nil && l.Entries[0].Type != File {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = tree.Close()
		return nil, nil, err
	}
	listed := l.Entries[0]
	listed.Path, listed.More = e.Path, nil
	*e = listed
	if sum := l.Sum; sum != nil {
		l.Sum = func(string) []byte { return sum(name) }
	}
	return &onlyBatched{Batch: batch, name: name}, &l, nil
}

// onlyFile is a tree of one file under any name.
type onlyFile struct {
	Tree
	name string
}

func (o *onlyFile) Open(ctx context.Context, _ string) (Reader, error) {
	return o.Tree.Open(ctx, o.name)
}

// onlyBatched is onlyFile for a Batch.
type onlyBatched struct {
	Batch
	name string
}

func (o *onlyBatched) SendAll(ctx context.Context, wanted []Wanted, take func(i int, content Content) error) error {
	for i := range wanted {
		wanted[i].Path = o.name
	}
	return o.Batch.SendAll(ctx, wanted, take)
}

func (o *onlyBatched) Lstat(ctx context.Context, _ string) (Entry, error) {
	return o.Batch.Lstat(ctx, o.name)
}
