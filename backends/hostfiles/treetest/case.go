package treetest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Case is a sync with random trees and rules, to be done by rsync and by another.
type Case struct {
	Dir                         string // of everything; the caller removes it
	Source, Theirs, Ours        string
	Delete, HardLinks, Checksum bool
	Filters, Includes, Excludes []string

	since time.Time
}

// NewCase makes a case with two equal destinations.
func NewCase(t testing.TB, seed uint64) *Case {
	t.Helper()
	dir := t.TempDir()
	c := &Case{Dir: dir, Source: filepath.Join(dir, "source"), Theirs: filepath.Join(dir, "theirs"), Ours: filepath.Join(dir, "ours")}
	r := NewRandom(t, seed)
	c.Checksum = r.IntN(5) == 0
	r.Specials, r.Owners = !c.Checksum, os.Geteuid() == 0 // rsync -c waits for ever for a FIFO at the destination
	r.must(os.Mkdir(c.Source, 0o755))
	r.Tree(c.Source)
	kind, next := r.IntN(5), r.Uint64()
	for _, destination := range []string{c.Theirs, c.Ours} {
		again := NewRandom(t, seed)
		again.IntN(5)
		again.Specials, again.Owners = r.Specials, r.Owners
		again.destination(kind, next, destination)
	}
	c.Delete, c.HardLinks = r.IntN(2) == 0, r.IntN(2) == 0
	c.Filters, c.Includes, c.Excludes = r.Rules()
	// Every time in the trees is years old; the file system's clock lags a little.
	c.since = time.Now().Add(-time.Minute)
	return c
}

// destination makes what is there before: nothing, another tree, or the source with changes.
func (r *Random) destination(kind int, seed uint64, path string) {
	if kind == 0 {
		return
	}
	r.must(os.Mkdir(path, 0o755))
	other := NewRandom(r.t, seed)
	other.Specials = r.Specials
	if kind == 1 {
		other.Tree(path)
		return
	}
	r.Tree(path)
	other.Mutate(path)
}

// Rsync makes Theirs like Source. It reports whether rsync could do that: with hard links
// some releases wait for ever, or end with a protocol error, mostly where a folder is in
// the way of a file that has several names.
func (c *Case) Rsync(t testing.TB) (done bool) {
	t.Helper()
	args := []string{"-rlptgo", "--numeric-ids"}
	for option, wanted := range map[string]bool{"--delete": c.Delete, "-H": c.HardLinks, "-c": c.Checksum} {
		if wanted {
			args = append(args, option)
		}
	}
	for _, rule := range c.Filters {
		args = append(args, "--filter="+rule)
	}
	for _, pattern := range c.Includes {
		args = append(args, "--include="+pattern)
	}
	for _, pattern := range c.Excludes {
		args = append(args, "--exclude="+pattern)
	}
	ctx, cancel := context.WithTimeout(t.Context(), rsyncTime)
	defer cancel()
	command := exec.CommandContext(ctx, "rsync", append(args, c.Source+"/", c.Theirs+"/")...)
	command.Env = append(os.Environ(), "LC_ALL=C")
	text, err := command.CombinedOutput()
	if err == nil || strings.Contains(string(text), "(code 23)") { // single paths failed
		return true
	}
	if !c.HardLinks || ctx.Err() == nil && !strings.Contains(string(text), "could not make way for new regular file") {
		t.Fatalf("rsync: %v\n%s", err, text)
	}
	t.Logf("rsync itself fails: %v\n%s", err, text)
	return false
}

// rsyncTime is how long an rsync of a small tree may take, whatever else the machine does.
const rsyncTime = time.Minute

// Compare reports how Ours differs from Theirs; "" where it does not.
func (c *Case) Compare(t testing.TB, opts DescribeOptions) string {
	t.Helper()
	opts.Since = c.since
	return Difference(Describe(t, c.Theirs, opts), Describe(t, c.Ours, opts))
}
