package localfs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestSameTreeAsRsync makes random trees alike by rsync and by this package.
func TestSameTreeAsRsync(t *testing.T) {
	for seed := range uint64(cases) {
		compareWithRsync(t, seed)
		if t.Failed() {
			t.Fatalf("the first case that differs has seed %d", seed)
		}
	}
}

func compareWithRsync(t *testing.T, seed uint64) {
	t.Helper()
	dir := t.TempDir()
	source, theirs, ours := filepath.Join(dir, "source"), filepath.Join(dir, "theirs"), filepath.Join(dir, "ours")
	r := treetest.NewRandom(t, seed)
	checksum := r.IntN(5) == 0
	r.Specials, r.Owners = !checksum, os.Geteuid() == 0 // rsync -c waits for ever for a FIFO at the destination
	mkdir(t, source)
	r.Tree(source)
	kind, next := r.IntN(5), r.Uint64()
	for _, destination := range []string{theirs, ours} {
		again := treetest.NewRandom(t, seed)
		again.IntN(5)
		again.Specials, again.Owners = r.Specials, r.Owners
		makeDestination(t, again, kind, next, destination)
	}
	req := core.SyncRequest{Source: source, Destination: ours, Delete: r.IntN(2) == 0, HardLinks: r.IntN(2) == 0, Checksum: checksum}
	req.Filters, req.Includes, req.Excludes = r.Rules()
	since := time.Now()
	runRsync(t, req, theirs)
	report, err := hostfiles.New(FS{}, FS{}).Sync(t.Context(), req, nil)
	opts := treetest.DescribeOptions{Since: since}
	if diff := treetest.Difference(treetest.Describe(t, theirs, opts), treetest.Describe(t, ours, opts)); diff != "" {
		t.Errorf("%+v\n%+v %v\n%s\nsource:\n%s", req, report, err, diff, treetest.Describe(t, source, opts))
	}
	checkNoTemps(t, ours)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// makeDestination makes what is there before: nothing, another tree, or the source with changes.
func makeDestination(t *testing.T, r *treetest.Random, kind int, seed uint64, path string) {
	t.Helper()
	switch kind {
	case 0:
		return
	case 1:
		mkdir(t, path)
		other := treetest.NewRandom(t, seed)
		other.Specials = r.Specials
		other.Tree(path)
	default:
		mkdir(t, path)
		r.Tree(path)
		other := treetest.NewRandom(t, seed)
		other.Specials = r.Specials
		other.Mutate(path)
	}
}

func runRsync(t *testing.T, req core.SyncRequest, destination string) {
	t.Helper()
	args := []string{"-rlptgo", "--numeric-ids"}
	if req.Delete {
		args = append(args, "--delete")
	}
	if req.HardLinks {
		args = append(args, "-H")
	}
	if req.Checksum {
		args = append(args, "-c")
	}
	for _, rule := range req.Filters {
		args = append(args, "--filter="+rule)
	}
	for _, pattern := range req.Includes {
		args = append(args, "--include="+pattern)
	}
	for _, pattern := range req.Excludes {
		args = append(args, "--exclude="+pattern)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "rsync", append(args, req.Source+"/", destination+"/")...)
	command.Env = append(os.Environ(), "LC_ALL=C")
	text, err := command.CombinedOutput()
	if err != nil && !strings.Contains(string(text), "(code 23)") {
		t.Fatalf("rsync: %v\n%s", err, text)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func checkNoTemps(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if hostfiles.IsTemp(path) {
			t.Errorf("%s was left", path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}
