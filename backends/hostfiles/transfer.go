package hostfiles

import (
	"context"
	"errors"
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
	listing, err := t.list(ctx, from, source.Concurrency)
	if err != nil {
		return fileerr.At(t.source, err)
	}
	entries := listing.Entries
	if listing.Root != nil {
		t.root = *listing.Root
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
		Delete: t.delete && listing.Complete, HardLinks: t.hardLinks,
		Owner: t.keepsOwners(features), SymlinkTimes: features.SymlinkTimes, Times: features.Times,
	}
	if !opts.Owner {
		withoutOwners(entries)
	}
	if t.always {
		opts.SameContent = func(_, _ *Entry) bool { return false }
	} else if t.checksum {
		if opts.SameContent, err = compareContent(ctx, entries, have, features.Concurrency, listing.equal(ctx, from, to)); err != nil {
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
	return withoutOurs(entries, issues), !issues.Failed(), err
}

// list lists the source, as ScanSource does.
func (t *transfer) list(ctx context.Context, from Tree, concurrency int) (Listing, error) {
	batch, foreign, can := batchOf(from)
	if !can {
		entries, complete, err := ScanSource(ctx, from, t.rules, concurrency, t.Issues)
		return Listing{Entries: entries, Complete: complete}, err
	}
	l, err := t.listBatch(ctx, batch, foreign, "")
	l.Entries = withoutOurs(l.Entries, t.Issues)
	l.Complete = l.Complete && !t.Issues.Failed()
	return l, err
}

// withoutOurs leaves out temporary files, and notes what is special.
func withoutOurs(entries []Entry, issues *Issues) []Entry {
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
	return kept
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
	e := find(sorted, folder)
	return e != nil && e.Type == Folder
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
