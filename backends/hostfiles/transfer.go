package hostfiles

import (
	"context"
	"errors"
	"path"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// transfer makes a tree at the destination like the one at the source.
type transfer struct {
	*Job
	from, to            FileSystem
	source, destination string
	root                Entry // the source's folder
	rules               *filter.Rules
	delete, hardLinks   bool
	linkSource          bool // files become links to the source's where that is possible
	checksum            bool // compare content where size and time are equal
	alike               bool // a sync: owner and the root's attributes too
	always              bool // send what is equal, too
	verify              bool
	sum                 string
}

func (t *transfer) run(ctx context.Context) error {
	source, err := t.from.Features(ctx)
	if err != nil {
		return err
	}
	from, err := t.from.Tree(ctx, t.source)
	if err != nil {
		return fileerr.At(t.source, err)
	}
	defer from.Close()
	entries, complete, err := ScanSource(ctx, from, t.rules, source.Concurrency, t.Issues)
	if err != nil {
		return fileerr.At(t.source, err)
	}
	isNew, err := MakeRoot(ctx, t.to, t.destination)
	if err != nil {
		return err
	}
	to, err := t.to.Tree(ctx, t.destination)
	if err != nil {
		return fileerr.At(t.destination, err)
	}
	defer to.Close()
	features, err := t.to.Features(ctx)
	if err != nil {
		return err
	}
	have, debris, err := t.scanDestination(ctx, to, entries, features.Concurrency)
	if err != nil {
		return fileerr.At(t.destination, err)
	}
	opts := PlanOptions{
		Delete: t.delete && complete, HardLinks: t.hardLinks,
		Owner: t.keepsOwners(features), SymlinkTimes: features.SymlinkTimes, Times: features.Times,
	}
	if !opts.Owner {
		withoutOwners(entries)
	}
	if t.always {
		opts.SameContent = func(_, _ *Entry) bool { return false }
	} else if t.checksum {
		if opts.SameContent, err = t.compareContent(ctx, from, to, entries, have, features.Concurrency); err != nil {
			return fileerr.At(t.destination, err)
		}
	}
	plan := MakePlan(entries, have, opts)
	plan.Delete = append(plan.Delete, debris...)
	if t.alike || isNew {
		plan.Source = append(plan.Source, t.root)
		plan.Source[len(plan.Source)-1].Path = ""
		plan.Folders = append(plan.Folders, Pair{len(plan.Source) - 1, -1})
	}
	return t.apply(ctx, plan, from, to, features, max(source.Concurrency, features.Concurrency))
}

// runFile transfers one file; the source is its path, the destination its folder.
func (t *transfer) runFile(ctx context.Context, e Entry, trustTimes bool) error {
	folder, name := path.Split(t.source)
	tree, err := t.from.Tree(ctx, folder)
	if err != nil {
		return fileerr.At(t.source, err)
	}
	from := &onlyFile{Tree: tree, name: name}
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
		if opts.SameContent, err = t.compareContent(ctx, from, to, []Entry{e}, have, 1); err != nil {
			return err
		}
	}
	return t.apply(ctx, MakePlan([]Entry{e}, have, opts), from, to, features, features.Concurrency)
}

// onlyFile is a tree of one file under any name.
type onlyFile struct {
	Tree
	name string
}

func (o *onlyFile) Open(ctx context.Context, _ string) (Reader, error) {
	return o.Tree.Open(ctx, o.name)
}

func (t *transfer) apply(ctx context.Context, plan *Plan, from, to Tree, features Features, concurrency int) error {
	if !t.keepsOwners(features) {
		keepOwners(plan)
	}
	if features.Times != nil {
		features.Times.noteClamped(plan, t.Issues)
	}
	a := &applier{
		plan: plan, from: from, to: to, concurrency: concurrency, rules: t.rules, verify: t.verify, issues: t.Issues, meter: t.Meter, temps: t.Temps,
	}
	if t.linkSource {
		a.linker, _ = to.(Linker)
	}
	err := a.run(ctx)
	if core.KindOf(err) != core.KindConnectionLost && !t.Temps.Empty() {
		t.Temps.Clean(ctx, to)
	}
	if t.attempts++; t.attempts == 1 {
		t.unchanged = plan.Unchanged
	}
	t.files += a.files.Load()
	t.bytes += a.bytes.Load()
	t.deleted += a.deleted.Load()
	t.sum, _ = a.lastSum.Load().(string)
	return err
}

func (t *transfer) keepsOwners(to Features) bool { return t.alike && to.Owner }

func withoutOwners(entries []Entry) {
	for i := range entries {
		entries[i].Mode = entries[i].ModeWithoutOwner()
	}
}

// NoOwner is a UID and a GID that means "as it comes".
const NoOwner = ^uint32(0)

func keepOwners(plan *Plan) {
	for i := range plan.Source {
		plan.Source[i].UID, plan.Source[i].GID = NoOwner, NoOwner
	}
}

// ScanSource lists a source and notes as issues what is special or cannot be read. It
// is not complete where something could not be read: then nothing may be deleted.
func ScanSource(ctx context.Context, tree Tree, rules *filter.Rules, concurrency int, issues *Issues) (entries []Entry, complete bool, err error) {
	entries, err = Scan(ctx, tree, ScanOptions{Rules: rules, Concurrency: concurrency, Problem: func(path string, err error) error {
		if path == "" {
			return err
		}
		if fileerr.IsAbsent(err) {
			issues.Add(path, core.IssueVanished, "")
			return nil
		}
		return issues.Fail(path, err)
	}})
	kept := entries[:0]
	for _, e := range entries {
		if IsTemp(e.Path) {
			continue
		}
		if e.Type == Special {
			issues.Add(e.Path, core.IssueSpecial, "")
		}
		kept = append(kept, e)
	}
	return kept, !issues.Failed(), err
}

// scanDestination lists what the destination has in the source's folders. Temporary
// files of programs that were killed are debris.
func (t *transfer) scanDestination(ctx context.Context, tree Tree, source []Entry, concurrency int) (have []Entry, debris []Removal, err error) {
	have, err = Scan(ctx, tree, ScanOptions{
		Rules: t.rules, KeepProtected: true, Concurrency: concurrency,
		Into: func(folder string) bool { return hasFolder(source, folder) },
		Problem: func(path string, err error) error {
			if path == "" || fileerr.IsAbsent(err) {
				return err
			}
			return t.Issues.Fail(path, err)
		},
	})
	old := time.Now().Add(-abandonedAfter).UnixNano()
	for i := range have {
		if e := &have[i]; e.Type != Folder && IsTemp(e.Path) {
			e.Protected = true
			if e.MTime < old {
				debris = append(debris, Removal{Path: e.Path})
			}
		}
	}
	return have, debris, err
}

func hasFolder(sorted []Entry, folder string) bool {
	i := sort.Search(len(sorted), func(i int) bool { return ComparePaths(sorted[i].Path, folder) >= 0 })
	return i < len(sorted) && sorted[i].Path == folder && sorted[i].Type == Folder
}

// MakeRoot makes a destination's folder and its parents.
func MakeRoot(ctx context.Context, host FileSystem, destination string) (isNew bool, err error) {
	there, err := host.Stat(ctx, destination)
	switch {
	case err == nil && there.Type != Folder:
		return false, notFolder(destination)
	case err == nil:
		return false, nil
	case !fileerr.IsAbsent(err):
		return false, fileerr.At(destination, err)
	}
	err = host.MkdirAll(ctx, destination)
	if errors.Is(err, syscall.EEXIST) {
		return false, core.Errorf(core.KindConflict, "%s is a symlink to nothing, and a folder is needed there", destination).
			With("path", destination)
	}
	return true, fileerr.At(destination, err)
}

func notFolder(path string) error {
	path = strings.TrimSuffix(path, "/")
	return core.Errorf(core.KindConflict, "%s is a file, and a folder is needed there", path).With("path", path)
}
