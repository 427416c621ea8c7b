package hostfiles

import (
	"context"
	"errors"
	"hash"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/core"
)

// Batch is a Tree to read from whose side lists all of it at once, and then sends many
// files over one stream.
type Batch interface {
	Tree
	// List is called once, before SendAll.
	List(ctx context.Context, opts ListOptions) (Listing, error)
	// SendAll calls take once for each file, in any order, one at a time, with its content
	// as it comes; for a file that is asked for again, once more. An error of take
	// ends it.
	SendAll(ctx context.Context, wanted []Wanted, take func(i int, content Content) error) error
}

// ListOptions say what to list.
type ListOptions struct {
	// Only, if set, is the name of the one file to list.
	Only string
	// Rules exclude what need not be listed.
	Rules *filter.Rules
	// HardLinks and Checksum ask for what a plan with these options needs.
	HardLinks, Checksum bool
	Issues              *Issues
}

// Listing is what a Batch lists.
type Listing struct {
	Entries []Entry // without the root, in any order
	// Root is the root's own entry, where the list has it.
	Root *Entry
	// Complete is false where something could not be read.
	Complete bool
	// Sum returns a file's checksum, and Hash its function, where checksums were asked for.
	Sum  func(path string) []byte
	Hash func() hash.Hash
}

// equal returns the comparison of a file's content with that of a destination.
func (l *Listing) equal(ctx context.Context, from, to Tree) func(e *Entry) (bool, error) {
	if l.Sum != nil {
		return func(e *Entry) (bool, error) { return equalSum(ctx, to, e, l) }
	}
	return func(e *Entry) (bool, error) { return equalContent(ctx, from, to, e) }
}

// Wanted is a file of a Batch.
type Wanted struct {
	Path string
	// Basis opens an older version of the file; nil where there is none.
	Basis func() (Reader, error)
}

// Content is a file's content as it comes. The error at its end is io.EOF if it is complete
// and right. Literal is how many bytes of it came so far, and were not in the basis.
type Content interface {
	io.Reader
	Literal() int64
}

// What a Content ends with instead of io.EOF, besides fs.ErrNotExist for a file that
// vanished and errors of the connection.
var (
	ErrReported = errors.New("the file does not come, which is an issue already")
	ErrAgain    = errors.New("the file comes once more")
	ErrUnstable = errors.New("the file changed each time it was read")
)

// batchOf returns a tree as a Batch, without the checks of a remote side's answers.
func batchOf(t Tree) (b Batch, foreign, can bool) {
	c, foreign := t.(checkedTree)
	if foreign {
		t = c.Tree
	}
	b, can = t.(Batch)
	return b, foreign, can
}

// listBatch lists a source, with the rules applied and checked like every foreign list.
func (t *transfer) listBatch(ctx context.Context, b Batch, foreign bool, only string) (Listing, error) {
	l, err := b.List(ctx, ListOptions{Only: only, Rules: t.rules, HardLinks: t.hardLinks, Checksum: t.checksum, Issues: t.Issues})
	if err != nil {
		return l, err
	}
	Sort(l.Entries)
	if foreign {
		err = checkList(l.Entries)
	}
	if only != "" {
		if err == nil && (len(l.Entries) > 1 || len(l.Entries) == 1 && l.Entries[0].Path != only) {
			err = lie(t.source, "it lists the name %q", l.Entries[len(l.Entries)-1].Path)
		}
		return l, err
	}
	if foreign && err == nil && l.Root != nil {
		err = checkEntry(l.Root, t.source, "")
	}
	l.Entries = t.withoutExcluded(l.Entries)
	return l, err
}

// checkList checks a sorted list: each entry once, in a folder of the list.
func checkList(entries []Entry) error {
	var folders []string // on the way to the entry before
	for i := range entries {
		e := &entries[i]
		folder, name := Split(e.Path)
		for len(folders) > 0 && folders[len(folders)-1] != folder && !Below(folder, folders[len(folders)-1]) {
			folders = folders[:len(folders)-1]
		}
		inside := folder == "" || len(folders) > 0 && folders[len(folders)-1] == folder
		switch {
		case !core.SafeName(name), !inside:
			return lie("", "it lists the name %q", e.Path)
		case i > 0 && entries[i-1].Path == e.Path:
			return lie("", "it lists the name %q twice", e.Path)
		case len(folders) > maxDepth:
			return lie(e.Path[:maxDepth]+"...", "folders are nested more than %d deep", maxDepth)
		}
		if err := checkEntry(e, e.Path, e.Path); err != nil {
			return err
		}
		if e.Type == Folder {
			folders = append(folders, e.Path)
		}
	}
	return nil
}

// withoutExcluded leaves out what the rules exclude, with everything in it.
func (t *transfer) withoutExcluded(sorted []Entry) []Entry {
	if t.rules.Empty() {
		return sorted
	}
	kept := sorted[:0]
	for i := 0; i < len(sorted); i++ {
		e := sorted[i]
		if !t.rules.Excluded(e.Path, e.Type == Folder) {
			kept = append(kept, e)
			continue
		}
		for i+1 < len(sorted) && Below(sorted[i+1].Path, e.Path) {
			i++
		}
	}
	return kept
}
