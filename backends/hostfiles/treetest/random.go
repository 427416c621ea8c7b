// Package treetest makes random trees and rules for tests of syncs, and describes trees
// so that two can be compared. It imports nothing of this project.
package treetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Random makes the same trees again from the same seeds.
type Random struct {
	*rand.Rand
	t     testing.TB
	files []string // regular files made so far, for hard links
	// Specials allows FIFOs, Owners owners other than root.
	Specials, Owners bool
}

// NewRandom returns a generator.
func NewRandom(t testing.TB, seed uint64) *Random {
	return &Random{Rand: rand.New(rand.NewPCG(seed, 0)), t: t}
}

var names = []string{
	"a", "b", "foo", "foo.o", "bar.py", "bar.o", "cache", "core", "sp ace", "new\nline", "q'uo\"te", "\xff\xfe", "*", "[x]", "-dash",
	".hidden", "back\\slash", "ümlaut", "foo.o.bak", "x1", "x2", "A",
}

// Tree fills an existing folder.
func (r *Random) Tree(root string) {
	r.files = nil
	r.folder(root, 0)
	r.times(root)
}

func (r *Random) folder(path string, depth int) {
	for range r.IntN(7) {
		r.entry(filepath.Join(path, r.name()), depth)
	}
}

func (r *Random) name() string { return names[r.IntN(len(names))] }

func (r *Random) entry(path string, depth int) {
	if _, err := os.Lstat(path); err == nil {
		return
	}
	switch kind := r.IntN(100); {
	case kind < 30 && depth < 3:
		r.must(os.Mkdir(path, 0o755))
		r.folder(path, depth+1)
		r.must(os.Chmod(path, r.pick(0o755, 0o700, 0o2755, 0o1777, 0o750)))
	case kind < 42:
		r.must(os.Symlink([]string{"a", "../b", "/nowhere", "foo.o", "loop", "."}[r.IntN(6)], path))
	case kind < 50 && len(r.files) > 0:
		r.must(os.Link(r.files[r.IntN(len(r.files))], path))
	case kind < 52 && r.Specials:
		r.must(unix.Mkfifo(path, 0o644))
	default:
		r.file(path)
	}
}

func (r *Random) file(path string) {
	text := make([]byte, []int{0, 1, 10, 10, 10, 1000, 5000}[r.IntN(7)])
	for i := range text {
		text[i] = byte('a' + r.IntN(2))
	}
	r.must(os.WriteFile(path, text, 0o644))
	if r.Owners && r.IntN(4) == 0 {
		r.must(os.Lchown(path, r.IntN(3), 1000+r.IntN(2)))
	}
	r.must(os.Chmod(path, r.pick(0o644, 0o600, 0o755, 0o400, 0o4755)))
	r.setTime(path)
	r.files = append(r.files, path)
}

func (r *Random) pick(modes ...os.FileMode) os.FileMode {
	mode := modes[r.IntN(len(modes))]
	out := mode & 0o777
	for bit, flag := range map[os.FileMode]os.FileMode{0o4000: os.ModeSetuid, 0o2000: os.ModeSetgid, 0o1000: os.ModeSticky} {
		if mode&bit != 0 {
			out |= flag
		}
	}
	return out
}

// setTime uses few different seconds, so that files of equal size and time and different
// content happen; or a time with nanoseconds that no other file has in its seconds: rsync
// compares seconds.
func (r *Random) setTime(path string) {
	at := time.Unix(1_600_000_000+int64(r.IntN(3)), 0)
	if r.IntN(3) == 0 {
		at = time.Unix(1_000_000_000+int64(r.IntN(500_000_000)), int64(r.IntN(1_000_000_000)))
	}
	times := []unix.Timespec{unix.NsecToTimespec(at.UnixNano()), unix.NsecToTimespec(at.UnixNano())}
	r.must(unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW))
}

// times sets the times of all but regular files, children first.
func (r *Random) times(path string) {
	entries, err := os.ReadDir(path)
	r.must(err)
	for _, e := range entries {
		switch below := filepath.Join(path, e.Name()); {
		case e.IsDir():
			r.times(below)
		case !e.Type().IsRegular():
			r.setTime(below)
		}
	}
	r.setTime(path)
}

// Mutate changes a tree here and there.
func (r *Random) Mutate(root string) {
	r.files = nil
	r.mutate(root)
	r.times(root)
}

func (r *Random) mutate(path string) {
	entries, err := os.ReadDir(path)
	r.must(err)
	for _, e := range entries {
		below := filepath.Join(path, e.Name())
		switch change := r.IntN(100); {
		case change < 10:
			r.must(os.RemoveAll(below))
		case change < 18: // another type, perhaps
			r.must(os.RemoveAll(below))
			r.entry(below, 2)
		case change < 28 && e.Type().IsRegular():
			r.must(os.Remove(below))
			r.file(below)
		case change < 34 && !e.IsDir() && e.Type().IsRegular():
			r.must(os.Chmod(below, r.pick(0o644, 0o640)))
		case e.IsDir():
			r.mutate(below)
		}
	}
	for range r.IntN(3) {
		r.entry(filepath.Join(path, r.name()), 2)
	}
}

// Rules returns a random set of rules, of each kind that a sync takes.
func (r *Random) Rules() (filters, includes, excludes []string) {
	for range r.IntN(3) {
		filters = append(filters, []string{"+ ", "- "}[r.IntN(2)]+r.pattern())
	}
	for range r.IntN(3) {
		includes = append(includes, r.pattern())
	}
	for range r.IntN(3) {
		excludes = append(excludes, r.pattern())
	}
	return filters, includes, excludes
}

func (r *Random) pattern() string {
	parts := []string{
		"*", "**", "?", "*.o", "f*", "[a-f]*", "[!a-f]*", "[[:upper:]]", "x[0-9]", "***", "*a*", "\\*", "[[]x]", "?o?", "*[.]o", "core", "c*e",
	}
	one := func() string {
		if r.IntN(2) == 0 {
			return r.name()
		}
		return parts[r.IntN(len(parts))]
	}
	pattern := one()
	for range []int{0, 0, 0, 1, 1, 2}[r.IntN(6)] {
		pattern += "/" + one()
	}
	if r.IntN(4) == 0 {
		pattern = "/" + pattern
	}
	if r.IntN(4) == 0 {
		pattern += "/"
	}
	return pattern
}

func (r *Random) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(fmt.Errorf("making a random tree: %w", err))
	}
}
