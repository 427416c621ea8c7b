package containerfs

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// ListFiles implements core.FileAccess.
func (a *Access) ListFiles(ctx context.Context, req core.FileRequest) (entries []core.FileEntry, err error) {
	err = a.perform(ctx, &req, func(ctx context.Context) error {
		entries, err = a.files.list(ctx, req.Container, path.Clean(req.Path))
		if entries == nil {
			entries = []core.FileEntry{} // a list in JSON, too
		}
		return err
	})
	return entries, err
}

// quickArchive is how much of a folder's archive, which has all that is below the folder, is
// received before an agent is started instead, in bytes. Starting one takes longer than that.
const quickArchive = 1 << 20

var errLargeArchive = errors.New("the folder's archive is large")

func (f *Files) list(ctx context.Context, name, full string) (entries []core.FileEntry, err error) {
	// Not during the archive: the engine locks the container until it was read.
	info, hidden, err := f.placed(ctx, name, full, func() error { return nil })
	if err != nil {
		return nil, err
	}
	way, enters, err := f.way(ctx, info, full)
	if err != nil {
		return nil, err
	}
	byAgent := hidden != "" || enters && way.within == "" && len(mountsInside(info).directlyIn(full)) > 0
	if !byAgent {
		limit := int64(-1)
		if enters {
			limit = quickArchive
		}
		entries, err = f.listArchive(ctx, info.ID, full, limit)
	}
	inside := func(files *insideFS) error {
		entries, err = files.list(ctx, full)
		return err
	}
	switch {
	case hidden != "":
		err = f.insideContainer(ctx, info, inside)
	case byAgent, errors.Is(err, errLargeArchive):
		err = f.enter(ctx, way, inside)
	}
	if errors.Is(err, errOutside) {
		entries, err = f.listArchive(ctx, info.ID, full, -1)
	}
	slices.SortFunc(entries, func(a, b core.FileEntry) int { return strings.Compare(a.Name, b.Name) })
	return entries, err
}

// listArchive lists a folder by its archive, of which it reads so many bytes at most; less
// than 0 means all.
func (f *Files) listArchive(ctx context.Context, id, full string, limit int64) ([]core.FileEntry, error) {
	body, _, err := f.session.API.CopyFromContainer(ctx, id, strings.TrimSuffix(full, "/")+"/.")
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	from := io.Reader(body)
	if limit >= 0 {
		from = &limited{body, limit}
	}
	l := folderList{full: full, at: map[string]int{}, taken: bounded.Count{What: "the list of a folder's names", Limit: bounded.Limit}}
	if err := l.read(tar.NewReader(from)); err != nil {
		return nil, err
	}
	for _, i := range l.linked {
		e := &l.entries[i]
		stat, err := f.statInside(ctx, id, e.Path)
		if unlessMissing(err) != nil {
			return nil, err
		}
		e.Size = stat.Size
	}
	return l.entries, nil
}

// limited fails after so many bytes.
type limited struct {
	from io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLargeArchive
	}
	n, err := l.from.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// folderList is what an archive says about the names in its top folder.
type folderList struct {
	full    string
	entries []core.FileEntry
	at      map[string]int // by name in the archive
	linked  []int          // files whose size is with another name, which is further down
	taken   bounded.Count
}

func (l *folderList) read(from *tar.Reader) error {
	for begun := false; ; begun = true {
		h, err := from.Next()
		if errors.Is(err, io.EOF) && begun {
			return nil
		}
		if err != nil {
			return noEnd(err)
		}
		name := strings.TrimPrefix(path.Clean(h.Name), "/")
		if !core.SafeName(name) {
			continue // the folder itself, or further down
		}
		if err := l.add(name, h); err != nil {
			return err
		}
	}
}

// entrySize is roughly what an entry takes beside its texts, in bytes.
const entrySize = 200

func (l *folderList) add(name string, h *tar.Header) error {
	if err := l.taken.Add(entrySize + 3*len(name) + len(l.full) + len(h.Linkname)); err != nil {
		return err
	}
	e := describeHeader(h)
	e.Name, e.Path = name, path.Join(l.full, name)
	if h.Typeflag == tar.TypeLink {
		if of, seen := l.at[path.Clean(h.Linkname)]; seen {
			e.Size = l.entries[of].Size
		} else {
			l.linked = append(l.linked, len(l.entries))
		}
	}
	l.at[name] = len(l.entries)
	l.entries = append(l.entries, e)
	return nil
}

// list lists a folder.
func (f *insideFS) list(ctx context.Context, full string) ([]core.FileEntry, error) {
	tree, err := f.Tree(ctx, full)
	if err != nil {
		return nil, err
	}
	found, err := tree.ReadDir(ctx, "")
	entries := make([]core.FileEntry, len(found))
	for i := range found {
		entries[i] = describe(&found[i])
		entries[i].Path = path.Join(full, entries[i].Name)
	}
	return entries, err
}
