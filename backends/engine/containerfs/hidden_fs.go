package containerfs

import (
	"context"
	"errors"
	"path"
	"strings"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// insideFS is a container's file system as its processes see it: hostfiles.FileSystem
// over an agent's tree of the whole, which itself follows no symlinks.
type insideFS struct {
	tree   hostfiles.Tree
	within string // see entrance
}

var _ hostfiles.FileSystem = (*insideFS)(nil)

// Features implements hostfiles.FileSystem.
func (f *insideFS) Features(context.Context) (hostfiles.Features, error) {
	return hostfiles.Features{Way: "container", Concurrency: agent.Concurrency, Owner: true, SymlinkTimes: true, QuickResolve: true}, nil
}

// errOutside is for a path that leads out of what an agent sees as the container does.
var errOutside = errors.New("the path leads out of the volume")

// Resolve implements hostfiles.FileSystem.
func (f *insideFS) Resolve(ctx context.Context, asked string) (string, error) {
	real, err := f.follow(ctx, asked)
	if err == nil && f.within != "" && real != f.within && !hostfiles.Below(real, f.within) {
		err = errOutside
	}
	return real, err
}

func (f *insideFS) follow(ctx context.Context, asked string) (string, error) {
	real, left, links := "/", strings.Split(path.Clean("/"+asked), "/"), 0
	for len(left) > 0 {
		name := left[0]
		left = left[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			real = path.Dir(real)
			continue
		}
		at := path.Join(real, name)
		e, err := f.tree.Lstat(ctx, at[1:])
		switch {
		case fileerr.IsAbsent(err):
			return path.Join(append([]string{at}, left...)...), nil
		case err != nil:
			return "", err
		case e.Type != hostfiles.Symlink:
			real = at
			continue
		}
		if links++; links > hostfiles.MaxLinks {
			return "", syscall.ELOOP
		}
		if path.IsAbs(e.Target()) {
			real = "/"
		}
		left = append(strings.Split(e.Target(), "/"), left...)
	}
	return real, nil
}

// Stat implements hostfiles.FileSystem.
func (f *insideFS) Stat(ctx context.Context, asked string) (hostfiles.Entry, error) {
	real, err := f.Resolve(ctx, asked)
	if err != nil {
		return hostfiles.Entry{}, err
	}
	e, err := f.tree.Lstat(ctx, real[1:])
	e.Path = ""
	return e, err
}

// Tree implements hostfiles.FileSystem.
func (f *insideFS) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	real, err := f.Resolve(ctx, root)
	if err != nil {
		return nil, err
	}
	e, err := f.tree.Lstat(ctx, real[1:])
	if err == nil && e.Type != hostfiles.Folder {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, err
	}
	return &subtree{f.tree, real[1:]}, nil
}

// MkdirAll implements hostfiles.FileSystem, for root.
func (f *insideFS) MkdirAll(ctx context.Context, asked string) error {
	return f.mkdirAll(ctx, asked, ownership{})
}

func (f *insideFS) mkdirAll(ctx context.Context, asked string, owner ownership) error {
	real, err := f.Resolve(ctx, asked)
	if err != nil {
		return err
	}
	at := ""
	for name := range strings.SplitSeq(strings.TrimPrefix(real, "/"), "/") {
		at = hostfiles.Join(at, name)
		e, err := f.tree.Lstat(ctx, at)
		if err == nil && e.Type != hostfiles.Folder {
			return syscall.ENOTDIR
		}
		if !fileerr.IsAbsent(err) {
			if err != nil {
				return err
			}
			continue
		}
		err = f.tree.Mkdir(ctx, at)
		if errors.Is(err, syscall.EEXIST) {
			continue // somebody else made it
		}
		if err == nil {
			e, err = f.tree.Lstat(ctx, at)
		}
		if err == nil {
			want := e
			want.Mode, want.UID, want.GID = 0o755, uint32(owner.uid), uint32(owner.gid)
			err = f.tree.Set(ctx, at, &e, &want)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Known implements hostfiles.FileSystem: nothing is deleted here.
func (f *insideFS) Known(context.Context, string) (known protect.Known, err error) { return }

// subtree is a folder of a tree.
type subtree struct {
	hostfiles.Tree
	folder string // "" is all of it
}

func (s *subtree) at(p string) string {
	if p == "" {
		return s.folder
	}
	return hostfiles.Join(s.folder, p)
}

func (s *subtree) entry(e *hostfiles.Entry) {
	e.Path = strings.TrimPrefix(strings.TrimPrefix(e.Path, s.folder), "/")
}

func (s *subtree) ReadDir(ctx context.Context, folder string) ([]hostfiles.Entry, error) {
	entries, err := s.Tree.ReadDir(ctx, s.at(folder))
	for i := range entries {
		s.entry(&entries[i])
	}
	return entries, err
}

func (s *subtree) Lstat(ctx context.Context, p string) (hostfiles.Entry, error) {
	e, err := s.Tree.Lstat(ctx, s.at(p))
	s.entry(&e)
	return e, err
}

func (s *subtree) Open(ctx context.Context, p string) (hostfiles.Reader, error) {
	r, err := s.Tree.Open(ctx, s.at(p))
	if err != nil {
		return nil, err
	}
	return &subreader{r, s}, nil
}

// subreader is an open file of a subtree.
type subreader struct {
	hostfiles.Reader
	tree *subtree
}

func (r *subreader) Stat() (hostfiles.Entry, error) {
	e, err := r.Reader.Stat()
	r.tree.entry(&e)
	return e, err
}

func (s *subtree) Create(ctx context.Context, p string) (hostfiles.Writer, error) {
	return s.Tree.Create(ctx, s.at(p))
}

func (s *subtree) Reopen(ctx context.Context, p string) (hostfiles.Writer, error) {
	return s.Tree.Reopen(ctx, s.at(p))
}

func (s *subtree) Mkdir(ctx context.Context, p string) error { return s.Tree.Mkdir(ctx, s.at(p)) }

func (s *subtree) Symlink(ctx context.Context, target, p string) error {
	return s.Tree.Symlink(ctx, target, s.at(p))
}

func (s *subtree) Link(ctx context.Context, from, to string) error {
	return s.Tree.Link(ctx, s.at(from), s.at(to))
}

func (s *subtree) Rename(ctx context.Context, from, to string) error {
	return s.Tree.Rename(ctx, s.at(from), s.at(to))
}

func (s *subtree) Remove(ctx context.Context, p string, isFolder bool) error {
	return s.Tree.Remove(ctx, s.at(p), isFolder)
}

func (s *subtree) Set(ctx context.Context, p string, have, want *hostfiles.Entry) error {
	return s.Tree.Set(ctx, s.at(p), have, want)
}

// Close implements hostfiles.Tree; the agent keeps running.
func (s *subtree) Close() error { return nil }
