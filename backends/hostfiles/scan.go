package hostfiles

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// ScanOptions say which part of a tree to list.
type ScanOptions struct {
	Rules *filter.Rules
	// KeepProtected keeps what the rules exclude, marked as Protected; else it is left out.
	// No scan goes into an excluded folder.
	KeepProtected bool
	// Into, if set, reports whether to enter a folder.
	Into func(folder string) bool
	// Concurrency is how many folders are read at once.
	Concurrency int
	// Problem gets the error of an unreadable path; nil makes it the scan's error.
	Problem func(path string, err error) error
}

// Scan lists a tree in the order of Sort, without its root.
func Scan(ctx context.Context, tree Tree, opts ScanOptions) ([]Entry, error) {
	s := &scanner{tree: tree, opts: opts, folders: []string{""}, taken: bounded.Count{What: "the list of the host's files", Limit: maxTree}}
	s.wake = sync.NewCond(&s.mu)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := guard.OnDone(ctx, func() {
		s.mu.Lock() // nobody is between looking at ctx and waiting
		defer s.mu.Unlock()
		s.wake.Broadcast()
	})
	defer stop()
	var wg sync.WaitGroup
	for range max(1, opts.Concurrency) {
		wg.Add(1)
		guard.Go(func() {
			defer wg.Done()
			s.work(ctx, cancel)
		}, func(p *guard.Panic) { cancel(p) })
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	Sort(s.found)
	return s.found, nil
}

type scanner struct {
	tree Tree
	opts ScanOptions

	mu      sync.Mutex
	wake    *sync.Cond
	folders []string // to be read
	busy    int
	found   []Entry
	taken   bounded.Count
}

func (s *scanner) work(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		folder, ok := s.next(ctx)
		if !ok {
			return
		}
		entries, err := s.tree.ReadDir(ctx, folder)
		if err != nil && s.opts.Problem != nil && ctx.Err() == nil {
			err = s.opts.Problem(folder, err)
		} else if errors.Is(err, fs.ErrNotExist) && folder != "" {
			err = nil // it vanished
		}
		if err != nil {
			cancel(err)
		}
		if err := s.done(s.filter(entries)); err != nil {
			cancel(err)
		}
	}
}

func (s *scanner) next(ctx context.Context) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if ctx.Err() != nil || len(s.folders) == 0 && s.busy == 0 {
			return "", false
		}
		if n := len(s.folders); n > 0 {
			folder := s.folders[n-1]
			s.folders = s.folders[:n-1]
			s.busy++
			return folder, true
		}
		s.wake.Wait()
	}
}

func (s *scanner) filter(entries []Entry) []Entry {
	if s.opts.Rules.Empty() {
		return entries
	}
	kept := entries[:0]
	for _, e := range entries {
		e.Protected = s.opts.Rules.Excluded(e.Path, e.Type == Folder)
		if !e.Protected || s.opts.KeepProtected {
			kept = append(kept, e)
		}
	}
	return kept
}

// maxTree bounds the list of another machine's tree, in bytes: some five million names.
const maxTree = 8 * bounded.Limit

func (s *scanner) done(entries []Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	defer s.wake.Broadcast()
	if _, foreign := s.tree.(checkedTree); foreign {
		for i := range entries {
			if err := s.taken.Add(entries[i].Memory()); err != nil {
				return err
			}
		}
	}
	s.found = append(s.found, entries...)
	for i := range entries {
		e := &entries[i]
		if e.Type == Folder && !e.Protected && (s.opts.Into == nil || s.opts.Into(e.Path)) {
			s.folders = append(s.folders, e.Path)
		}
	}
	return nil
}
