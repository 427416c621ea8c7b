package engine

import (
	"context"
	"crypto/rand"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// What is at a path is asked without running anything: the engine looks into a
// container that was made with the path mounted and is never started.

// lookFolder is where such a container has what is looked at, or where large files go.
const lookFolder = "/look"

// looksRecursively reports whether the engine looks with all that is mounted below a folder,
// though it is told to leave that out. Engines before 23 do, in containers that do not run.
func (s *hostSession) looksRecursively() bool {
	return versions.LessThan(s.engine.api.ClientVersion(), "1.42")
}

// oldLooks has a place for one recursive look by target, for all clients of it. Below "/" is
// what the other looks have mounted at the same time, too: a dozen at once would be more mounts
// than Linux allows on a host (fs.mount-max), and every other start there would fail.
var oldLooks sync.Map

// stat looks at a path in a helper container that was never started.
func (s *hostSession) stat(ctx context.Context, id, inside string) (container.PathStat, error) {
	if s.looksRecursively() {
		place, _ := oldLooks.LoadOrStore(s.engine.opts.Target, make(chan struct{}, 1))
		one := place.(chan struct{})
		select {
		case one <- struct{}{}:
			defer func() { <-one }()
		case <-ctx.Done():
			return container.PathStat{}, session.ContextError(ctx)
		}
	}
	return s.engine.statInside(ctx, id, inside)
}

// look returns what an absolute path leads to, and does more with the container, where
// that is asked for.
func (s *hostSession) look(ctx context.Context, path string, more func(id string) error) (container.PathStat, error) {
	id, stat := s.lookAgain(ctx, path)
	var err error
	if id == "" {
		if id, err = s.engine.hostContainer(ctx, nil, hostBind(path, lookFolder)); err != nil {
			return container.PathStat{}, hostReason(err)
		}
		stat, err = s.stat(ctx, id, lookFolder)
	}
	defer s.spare(ctx, path, id)
	if err == nil && more != nil {
		err = more(id)
	}
	return stat, hostReason(err)
}

// lookAgain looks by a container that is there already; id is "" where there is none.
func (s *hostSession) lookAgain(ctx context.Context, path string) (id string, stat container.PathStat) {
	if id = s.takeSpare(path); id == "" {
		return "", stat
	}
	stat, err := s.stat(ctx, id, lookFolder)
	if err != nil {
		s.removeLater(ctx, id) // someone else may have removed it
		return "", stat
	}
	return id, stat
}

// lookFromAbove is a look at what is to be filled: a file of that name is put by the
// container that has the folder above.
func (s *hostSession) lookFromAbove(ctx context.Context, full string) (stat container.PathStat, err error) {
	above, err := s.look(ctx, path.Dir(full), func(id string) (err error) {
		stat, err = s.stat(ctx, id, path.Join(lookFolder, path.Base(full)))
		return err
	})
	if above.Mode.IsDir() && (err == syscall.ENOENT || err == nil && stat.Mode&fs.ModeSymlink == 0) {
		return stat, err
	}
	return s.look(ctx, full, nil)
}

func entryOfStat(stat container.PathStat) hostfiles.Entry {
	e := hostfiles.Entry{Size: stat.Size, MTime: stat.Mtime.UnixNano(), Mode: uint16(stat.Mode.Perm()), Type: hostfiles.Special}
	for bit, of := range map[uint16]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if stat.Mode&of != 0 {
			e.Mode |= bit
		}
	}
	switch {
	case stat.Mode.IsRegular():
		e.Type = hostfiles.File
	case stat.Mode.IsDir():
		e.Type, e.Size = hostfiles.Folder, 0
	case stat.Mode&fs.ModeSymlink != 0:
		e.Type, e.Size = hostfiles.Symlink, 0
	}
	return e
}

// makeFolders makes a folder and its parents below what is there.
func (s *hostSession) makeFolders(ctx context.Context, full string) error {
	var missing []string
	for at := full; ; at = path.Dir(at) {
		stat, err := s.look(ctx, at, func(id string) error {
			if len(missing) == 0 {
				return nil
			}
			content, err := foldersArchive(missing, fileOwner{}, time.Now())
			if err != nil {
				return err
			}
			return s.engine.api.CopyToContainer(ctx, id, lookFolder, content, container.CopyToContainerOptions{})
		})
		switch {
		case err == nil && !stat.Mode.IsDir():
			return syscall.ENOTDIR
		case err == nil:
			return nil
		case !stat.Mode.IsDir() && stat.Mode != 0:
			return syscall.ENOTDIR
		case err != syscall.ENOENT || at == "/":
			return err
		}
		missing = append([]string{path.Base(at)}, missing...)
	}
}

const (
	maxResolved = 40 // symbolic links on the way, as Linux has it
	randomName  = 10
)

// resolve returns a path without symbolic links; what is not there is kept as it is.
func (s *hostSession) resolve(ctx context.Context, full string) (string, error) {
	full = path.Clean(full)
	for range maxResolved {
		link, next, err := s.firstLink(ctx, full)
		if err != nil || link == "" {
			return full, err
		}
		full = path.Join(next, strings.TrimPrefix(full, link))
	}
	return "", syscall.ELOOP
}

// firstLink finds the first symbolic link on a path, and where it leads.
func (s *hostSession) firstLink(ctx context.Context, full string) (link, next string, err error) {
	if s.looksRecursively() {
		return s.firstLinkByFolders(ctx, full)
	}
	id, w, err := s.lookWay(ctx, full)
	if err != nil {
		return "", "", err
	}
	defer s.removeLater(ctx, id)
	for i := range w.folders {
		link, next, more, err := s.linkIn(ctx, id, w, i, full)
		if !more {
			return link, next, err
		}
	}
	return "", "", nil
}

// firstLinkByFolders does so with a container for each folder: one with several would have
// each folder again below the one that holds the engine's data, and so on.
func (s *hostSession) firstLinkByFolders(ctx context.Context, full string) (link, next string, err error) {
	w := wayTo(full)
	for i, folder := range w.folders {
		id, err := s.engine.hostContainer(ctx, nil, lookBind(folder, w.place(i)))
		if err = hostReason(err); err == syscall.ENOENT || err == syscall.ENOTDIR {
			return "", "", nil // what is not there is no link
		}
		if err != nil {
			return "", "", err
		}
		link, next, more, err := s.linkIn(ctx, id, w, i, full)
		s.removeLater(ctx, id)
		if !more {
			return link, next, err
		}
	}
	return "", "", nil
}

// linkIn looks at the name that follows a folder on a path. There is more to look at where
// that is there, and no link.
func (s *hostSession) linkIn(ctx context.Context, id string, w way, i int, full string) (link, next string, more bool, err error) {
	name := nextName(full, w.folders[i])
	if name == "" {
		return "", "", false, nil
	}
	stat, err := s.stat(ctx, id, path.Join(w.place(i), name))
	switch {
	case cerrdefs.IsNotFound(err):
		return "", "", false, nil
	case err != nil:
		return "", "", false, hostReason(err)
	case stat.Mode&fs.ModeSymlink != 0:
		return path.Join(w.folders[i], name), w.target(i, stat.LinkTarget), false, nil
	}
	return "", "", true, nil
}

// way has the folders on the way to a path that are there, each from its own place in
// the container. The engine tells a link's target as from the container's root, so a
// place is as deep as its folder: then a relative link is told from an absolute one,
// and leads to names that stand for the folders above.
type way struct {
	folders []string // "/", "/a", "/a/b"
	random  string   // a name that nobody uses
}

func (w way) top(i int) string   { return "/" + w.random + "-" + strconv.Itoa(i) }
func (w way) place(i int) string { return w.top(i) + strings.Repeat("/"+w.random, i) }

// target turns a link's target as the engine tells it into one of the host.
func (w way) target(i int, told string) string {
	rest, relative := strings.CutPrefix(told, w.top(i))
	if !relative {
		return told
	}
	above := 0
	for above < i && strings.HasPrefix(rest, "/"+w.random) {
		rest = strings.TrimPrefix(rest, "/"+w.random)
		above++
	}
	return path.Join(w.folders[above], rest)
}

func wayTo(full string) way {
	w := way{random: strings.ToLower(rand.Text()[:randomName])}
	for at := path.Dir(full); at != "/"; at = path.Dir(at) {
		w.folders = append([]string{at}, w.folders...)
	}
	w.folders = append([]string{"/"}, w.folders...)
	return w
}

// lookWay mounts what is there of the way to a path.
func (s *hostSession) lookWay(ctx context.Context, full string) (id string, w way, err error) {
	for w = wayTo(full); ; w.folders = w.folders[:len(w.folders)-1] {
		mounts := make([]mount.Mount, len(w.folders))
		for i, folder := range w.folders {
			mounts[i] = lookBind(folder, w.place(i))
		}
		id, err = s.engine.hostContainer(ctx, nil, mounts...)
		err = hostReason(err)
		if err != syscall.ENOENT && err != syscall.ENOTDIR || len(w.folders) == 1 {
			return id, w, err
		}
	}
}

// nextName is the name on the way to a path that comes after a folder.
func nextName(full, folder string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(full, folder), "/"), "/")
	return name
}
