package hostfiles

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"time"
)

// tempPrefix begins the names of files that are not complete. They are ours: a sync
// neither sends nor keeps them, except young ones, which another sync may be writing.
const (
	tempPrefix = ".mlng-part-"
	tempRandom = 8 // bytes
	// abandonedAfter is the age of a temporary file that nobody writes any more.
	abandonedAfter = 24 * time.Hour
)

// TempPattern is a filter pattern for temporary files.
const TempPattern = tempPrefix + "????????????????"

// IsTemp reports whether a path has the name of a temporary file.
func IsTemp(path string) bool {
	_, name := Split(path)
	rest, ok := strings.CutPrefix(name, tempPrefix)
	return ok && len(rest) == 2*tempRandom
}

// Temps are an operation's temporary files. They outlive a lost connection, so that the next
// attempt goes on with them.
type Temps struct {
	mu   sync.Mutex
	made map[string]*temp // by final path
}

type temp struct {
	path string
	done int64 // so many bytes are there
	// begun says that an attempt was made to create it.
	begun bool
	of    Entry // the source as it was
}

// take returns the temporary file for a path: one that an earlier attempt left, or new.
func (t *Temps) take(e *Entry) *temp {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.made == nil {
		t.made = map[string]*temp{}
	}
	if old := t.made[e.Path]; old != nil && old.of.Size == e.Size && old.of.MTime == e.MTime {
		return old
	}
	one := &temp{path: TempName(e.Path), of: *e}
	t.made[e.Path] = one
	return one
}

func (t *Temps) drop(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.made, path)
}

// Clean removes what is left, whatever the context's state.
func (t *Temps) Clean(ctx context.Context, tree Tree) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	for path, one := range t.made {
		if err := tree.Remove(ctx, one.path, false); err == nil || errors.Is(err, fs.ErrNotExist) {
			delete(t.made, path)
		}
	}
}

// cleanHere removes from a folder of this machine what is left for an attempt that does not
// come any more.
func (j *Job) cleanHere(ctx context.Context, local FileSystem, folder string) {
	if j.Temps.Empty() {
		return
	}
	tree, err := local.Tree(context.WithoutCancel(ctx), folder)
	if err != nil {
		return
	}
	defer tree.Close()
	j.Temps.Clean(ctx, tree)
}

// Empty reports whether nothing is left.
func (t *Temps) Empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.made) == 0
}

// cleanupTime bounds what an operation does after its end was asked for.
const cleanupTime = 10 * time.Second

// TempName returns a temporary name beside a path, as IsTemp knows them.
func TempName(path string) string {
	var random [tempRandom]byte
	_, _ = rand.Read(random[:])
	folder, _ := Split(path)
	return Join(folder, tempPrefix+hex.EncodeToString(random[:]))
}
