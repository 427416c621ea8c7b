package rsync

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
)

// TestWaits: a session sends three times and waits for an answer to each: the greeting,
// the list, and that all is done. One that sends files may say twice that it is done.
func TestWaits(t *testing.T) {
	source, destination := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b", "sub/c"} {
		path := filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct{ files, least, most int }{{3, 4, 6}, {0, 3, 3}} {
		stats, sends := alike(t, source, destination)
		if stats.Files != int64(want.files) || sends < want.least || sends > want.most {
			t.Errorf("%+v with %d sends, want %+v", stats, sends, want)
		}
	}
}

// alike runs a session with an rsync of this machine and counts how often it sent something.
func alike(t *testing.T, source, destination string) (stats Stats, sends int) {
	t.Helper()
	tree, err := localfs.FS{}.Tree(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	issues := &hostfiles.Issues{}
	o := &Options{Open: tree.Open, Delete: true, Owner: true, Issues: issues, Meter: hostfiles.NewMeter(false, nil), Destination: destination}
	o.List = func(ctx context.Context) (Listed, error) {
		root, err := tree.Lstat(ctx, "")
		if err != nil {
			return Listed{}, err
		}
		entries, complete, err := hostfiles.ScanSource(ctx, tree, nil, 1, issues)
		return Listed{Entries: append(entries, root), Incomplete: !complete}, err
	}
	words := append(Command(o), destination+"/")
	receiver := exec.Command(words[0], words[1:]...)
	stdin, err := receiver.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := receiver.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := receiver.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	o.Abandon = func() { _ = stdin.Close() }
	counted := &countedWriter{Writer: stdin}
	stats, err = Run(t.Context(), o, stdout, counted, stderr)
	if err != nil {
		t.Error(err)
	}
	if err := receiver.Wait(); err != nil {
		t.Errorf("the receiver: %v", err)
	}
	return stats, counted.n
}

type countedWriter struct {
	io.Writer
	n int
}

func (c *countedWriter) Write(p []byte) (int, error) {
	c.n++
	return c.Writer.Write(p)
}
