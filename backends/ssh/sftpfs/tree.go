package sftpfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Tree implements hostfiles.FileSystem.
func (f *FS) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	client, release, err := f.Client(ctx)
	if err != nil {
		return nil, err
	}
	info, err := client.Stat(root)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		release()
		return nil, f.explain(err)
	}
	return &tree{fs: f, client: client, release: release, root: root}, nil
}

// tree has one client, which sends the operations of many goroutines at once.
type tree struct {
	fs      *FS
	client  *sftp.Client
	release func()
	root    string
	// noOwners is set when an owner could not be set.
	noOwners atomic.Bool
}

// Close implements hostfiles.Tree.
func (t *tree) Close() error {
	t.release()
	return nil
}

func (t *tree) at(p string) string {
	if p == "" {
		return t.root
	}
	return strings.TrimSuffix(t.root, "/") + "/" + p
}

// do runs one operation, and finds out what a "failure" means.
func (t *tree) do(ctx context.Context, p string, operate func(at string) error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	at := t.at(p)
	err := t.fs.explain(operate(at))
	if err == nil {
		return nil
	}
	return diagnose(t.client, path.Dir(at), err)
}

// ReadDir implements hostfiles.Tree.
func (t *tree) ReadDir(ctx context.Context, folder string) (entries []hostfiles.Entry, err error) {
	err = t.do(ctx, folder, func(at string) error {
		infos, err := t.client.ReadDirContext(ctx, at)
		if err != nil {
			return overLimit(at, err)
		}
		for _, info := range infos {
			entries = append(entries, entryOf(hostfiles.Join(folder, info.Name()), info))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return entries, t.readLinks(ctx, entries)
}

func (t *tree) readLinks(ctx context.Context, entries []hostfiles.Entry) error {
	var links []int
	for i := range entries {
		if entries[i].Type == hostfiles.Symlink {
			links = append(links, i)
		}
	}
	return guard.Each(ctx, concurrency, len(links), func(n int) error {
		e := &entries[links[n]]
		err := t.readLink(ctx, e)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func (t *tree) readLink(ctx context.Context, e *hostfiles.Entry) error {
	return t.do(ctx, e.Path, func(at string) error {
		target, err := t.client.ReadLink(at)
		e.More = &hostfiles.More{Target: target}
		return err
	})
}

// Lstat implements hostfiles.Tree.
func (t *tree) Lstat(ctx context.Context, p string) (e hostfiles.Entry, err error) {
	err = t.do(ctx, p, func(at string) error {
		info, err := t.client.Lstat(at)
		if err == nil {
			e = entryOf(p, info)
		}
		return err
	})
	if err == nil && e.Type == hostfiles.Symlink {
		err = t.readLink(ctx, &e)
	}
	return e, err
}

// Mkdir implements hostfiles.Tree.
func (t *tree) Mkdir(ctx context.Context, p string) error {
	return t.do(ctx, p, func(at string) error {
		err := t.client.Mkdir(at)
		if err != nil && t.exists(at) {
			return fs.ErrExist
		}
		return err
	})
}

func (t *tree) exists(at string) bool {
	_, err := t.client.Lstat(at)
	return err == nil
}

// Symlink implements hostfiles.Tree.
func (t *tree) Symlink(ctx context.Context, target, p string) error {
	return t.do(ctx, p, func(at string) error { return t.client.Symlink(target, at) })
}

// Link implements hostfiles.Tree.
func (t *tree) Link(ctx context.Context, from, to string) error {
	return t.do(ctx, to, func(at string) error { return t.client.Link(t.at(from), at) })
}

// Rename implements hostfiles.Tree.
func (t *tree) Rename(ctx context.Context, from, to string) error {
	return t.do(ctx, to, func(at string) error {
		err := t.rename(t.at(from), at)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			if info, again := t.client.Lstat(at); again == nil && info.IsDir() {
				return syscall.EISDIR
			}
		}
		return err
	})
}

func (t *tree) rename(from, to string) error {
	if _, ok := t.client.HasExtension("posix-rename@openssh.com"); ok {
		return t.client.PosixRename(from, to)
	}
	// The protocol's rename replaces nothing.
	if err := t.client.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return t.client.Rename(from, to)
}

// Remove implements hostfiles.Tree.
func (t *tree) Remove(ctx context.Context, p string, isFolder bool) error {
	return t.do(ctx, p, func(at string) error {
		if !isFolder {
			return t.client.Remove(at)
		}
		err := t.client.RemoveDirectory(at)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			left, again := t.client.ReadDirContext(ctx, at)
			if again == nil && len(left) > 0 || bounded.IsTooLarge(overLimit(at, again)) {
				return syscall.ENOTEMPTY
			}
		}
		return err
	})
}

// Set implements hostfiles.Tree. It can set nothing of a symlink.
func (t *tree) Set(ctx context.Context, p string, have, want *hostfiles.Entry) error {
	if want.Type == hostfiles.Symlink {
		return nil
	}
	return t.do(ctx, p, func(at string) error {
		newOwner := want.UID != hostfiles.NoOwner && (have == nil || have.UID != want.UID || have.GID != want.GID)
		mode := want.Mode
		if newOwner {
			kept, err := t.setOwner(at, want)
			if err != nil {
				return fmt.Errorf("changing the owner: %w", err)
			}
			if !kept {
				mode = want.ModeWithoutOwner()
			}
		}
		// Changing the owner clears the set-id bits.
		if newOwner && !t.noOwners.Load() || have == nil || have.Mode != mode {
			if err := t.client.Chmod(at, fileMode(mode)); err != nil {
				return fmt.Errorf("changing the mode: %w", err)
			}
		}
		if have == nil || have.MTime != clamped(want.MTime) {
			when := time.Unix(0, clamped(want.MTime))
			return t.client.Chtimes(at, when, when)
		}
		return nil
	})
}

// setOwner reports whether the owner was set. Only root may set it; whether this user is root
// shows by trying, once for each tree: the owner of the start folder says nothing, because a
// chroot and the home folders of users such as nobody belong to root as well.
func (t *tree) setOwner(at string, want *hostfiles.Entry) (kept bool, err error) {
	if t.noOwners.Load() {
		return false, nil
	}
	err = t.client.Chown(at, int(want.UID), int(want.GID))
	if errors.Is(err, fs.ErrPermission) {
		t.noOwners.Store(true)
		return false, nil
	}
	return err == nil, err
}

// clamped keeps within what 32 bits of seconds can express.
func clamped(mtime int64) int64 {
	const second = int64(time.Second)
	return min(max(mtime, 0)/second, lastSecond) * second
}

func fileMode(mode uint16) os.FileMode {
	out := os.FileMode(mode & 0o777)
	for bit, flag := range map[uint16]os.FileMode{0o4000: os.ModeSetuid, 0o2000: os.ModeSetgid, 0o1000: os.ModeSticky} {
		if mode&bit != 0 {
			out |= flag
		}
	}
	return out
}
