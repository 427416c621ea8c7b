package treetest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// DescribeOptions leave out what a way cannot make alike.
type DescribeOptions struct {
	// Since is when the syncs began: later times only say "recent".
	Since time.Time
	// NoSymlinkTimes, WholeSeconds: as SFTP.
	NoSymlinkTimes, WholeSeconds bool
	// NoOwners leaves out owner and group.
	NoOwners bool
}

// Describe returns a line for each entry of a tree, the root included: type, mode, owner,
// size, content, time, target, and which names are one file.
func Describe(t testing.TB, root string, opts DescribeOptions) string {
	t.Helper()
	firsts := map[uint64]string{}
	var lines []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		line, err := describe(path, name, firsts, opts)
		lines = append(lines, line)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}

func describe(path, name string, firsts map[uint64]string, opts DescribeOptions) (string, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return "", err
	}
	line := fmt.Sprintf("%q %o", name, st.Mode)
	if !opts.NoOwners {
		line += fmt.Sprintf(" %d:%d", st.Uid, st.Gid)
	}
	link := st.Mode&unix.S_IFMT == unix.S_IFLNK
	if !link || !opts.NoSymlinkTimes {
		line += " " + timeOf(st.Mtim.Nano(), opts)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		line += fmt.Sprintf(" %d %x", len(text), sha256.Sum256(text))
		if st.Nlink > 1 {
			if first, known := firsts[st.Ino]; known {
				line += fmt.Sprintf(" is %q", first)
			} else {
				firsts[st.Ino] = name
			}
		}
	case unix.S_IFLNK:
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		line += fmt.Sprintf(" -> %q", target)
	}
	return line, nil
}

func timeOf(at int64, opts DescribeOptions) string {
	switch {
	case at >= opts.Since.UnixNano():
		return "recent"
	case opts.WholeSeconds:
		at -= at % int64(time.Second)
	}
	return fmt.Sprint(at)
}

// Difference reports how two descriptions differ; "" where they do not.
func Difference(want, got string) string {
	in := map[string]bool{}
	for line := range strings.Lines(want) {
		in[line] = true
	}
	var out strings.Builder
	for line := range strings.Lines(got) {
		if !in[line] {
			out.WriteString("got    " + line)
		}
		delete(in, line)
	}
	for line := range strings.Lines(want) {
		if in[line] {
			out.WriteString("wanted " + line)
		}
	}
	return out.String()
}
