package protocol

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// session is an agent and its client. lose cuts the connection and waits for the agent's end.
type session struct {
	*Client
	lose func()
}

func serve(t *testing.T, dir string, grace time.Duration) session {
	t.Helper()
	fromClient, toAgent := io.Pipe()
	fromAgent, toClient := io.Pipe()
	ended := make(chan error, 1)
	guard.Go(func() {
		err := Serve(context.Background(), dir, grace, fromClient, toClient)
		_ = toClient.Close()
		ended <- err
	}, func(p *guard.Panic) { panic(p) })
	c := NewClient(fromAgent, toAgent)
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	lose := sync.OnceFunc(func() {
		_ = toAgent.Close()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(lose)
	return session{c, lose}
}

var moment = time.Unix(1_600_000_000, 123_456_789).UnixNano()

func wanted(mode uint16, size int) *hostfiles.Entry {
	return &hostfiles.Entry{Size: int64(size), MTime: moment, Mode: mode, UID: hostfiles.NoOwner, GID: hostfiles.NoOwner}
}

// write makes a file by pieces of a size, in turn from both ends.
func write(w hostfiles.Writer, content []byte, piece int) error {
	for done := 0; done < len(content); done += piece {
		if _, err := w.WriteAt(content[done:min(len(content), done+piece)], int64(done)); err != nil {
			return err
		}
	}
	return nil
}

func TestFilesAreWhatWasWritten(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, dir, 0)
	for i, size := range []int{0, 1, lazyContent, lazyContent + 1, 3*contentSize + 7} {
		for _, piece := range []int{1000, lazyContent, 2 * contentSize} {
			name := fmt.Sprintf("new\nline \xff %d %d", i, piece)
			content := bytes.Repeat([]byte("0123456789abcdef!"), size/17+1)[:size]
			w, err := c.Create(t.Context(), name)
			if err == nil {
				err = write(w, content, piece)
			}
			if err == nil {
				err = w.Finish(wanted(0o4751, size))
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%q: %v", name, err)
			}
			r, err := c.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if e, err := r.Stat(); err != nil || e.Size != int64(size) || e.Mode != 0o4751 || e.MTime != moment || e.Type != hostfiles.File {
					t.Errorf("%+v, %v", e, err)
				}
			}
			if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, content) {
				t.Errorf("%q: read %d bytes, %v", name, len(back), err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestGoingOnWithAFile(t *testing.T) {
	dir, name := t.TempDir(), ".mlng-part-0123456789abcdef"
	first := serve(t, dir, time.Hour) // it waits for the client that never comes
	w, err := first.Create(t.Context(), name)
	if err == nil {
		err = write(w, make([]byte, lazyContent+1), lazyContent)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, dir, 0)
	if w, err = c.Reopen(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if _, err = w.WriteAt([]byte("end"), lazyContent+1); err == nil {
		err = w.Finish(wanted(0o600, lazyContent+4))
	}
	if err == nil {
		err = c.Rename(t.Context(), name, "f")
	}
	if info, statErr := os.Stat(filepath.Join(dir, "f")); err != nil || statErr != nil || info.Size() != lazyContent+4 {
		t.Errorf("%v, %v", err, statErr)
	}
	if _, err := c.Reopen(t.Context(), name); !errors.Is(err, syscall.ENOENT) {
		t.Error(err)
	}
	first.Bye()
}

func TestChanges(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, dir, 0)
	ctx := t.Context()
	put := func(path string) error {
		w, err := c.Create(ctx, path)
		if err == nil {
			err = w.Finish(wanted(0o640, 0))
		}
		return err
	}
	steps := []struct {
		what string
		do   func() error
		want syscall.Errno
	}{
		{"folder", func() error { return c.Mkdir(ctx, "a") }, 0},
		{"folder that is there", func() error { return c.Mkdir(ctx, "a") }, syscall.EEXIST},
		{"another", func() error { return c.Mkdir(ctx, "d") }, 0},
		{"folder in nothing", func() error { return c.Mkdir(ctx, "x/y") }, syscall.ENOENT},
		{"file", func() error { return put("a/f") }, 0},
		{"file that is there", func() error { return put("a/f") }, syscall.EEXIST},
		{"below a file", func() error { return c.Mkdir(ctx, "a/f/x") }, syscall.ENOTDIR},
		{"link", func() error { return c.Symlink(ctx, "../nothing", "a/l") }, 0},
		{"times of a link", func() error {
			return c.Set(ctx, "a/l", nil, &hostfiles.Entry{Type: hostfiles.Symlink, MTime: moment, UID: hostfiles.NoOwner})
		}, 0},
		{"hard link", func() error { return c.Link(ctx, "a/f", "a/h") }, 0},
		{"rename", func() error { return c.Rename(ctx, "a/h", "a/i") }, 0},
		{"rename of nothing", func() error { return c.Rename(ctx, "a/h", "a/i") }, syscall.ENOENT},
		{"file over folder", func() error { return c.Rename(ctx, "a/i", "d") }, syscall.EISDIR},
		{"attributes", func() error {
			return c.Set(ctx, "a", nil, &hostfiles.Entry{Type: hostfiles.Folder, Mode: 0o1711, MTime: moment, UID: hostfiles.NoOwner})
		}, 0},
		{"long name", func() error { return put(strings.Repeat("x", 300)) }, syscall.ENAMETOOLONG},
		{"not empty", func() error { return c.Remove(ctx, "a", true) }, syscall.ENOTEMPTY},
		{"a folder as a file", func() error { return c.Remove(ctx, "a", false) }, syscall.EISDIR},
		{"removal", func() error { return c.Remove(ctx, "a/i", false) }, 0},
	}
	for _, s := range steps {
		if err := s.do(); (s.want == 0) != (err == nil) || s.want != 0 && !errors.Is(err, s.want) {
			t.Errorf("%s: %v, want %v", s.what, err, s.want)
		}
	}
	e, err := c.Lstat(ctx, "a")
	if err != nil || e.Type != hostfiles.Folder || e.Mode != 0o1711 {
		t.Errorf("%+v, %v", e, err)
	}
	entries, err := c.ReadDir(ctx, "a")
	hostfiles.Sort(entries)
	if err != nil || len(entries) != 2 || entries[0].Path != "a/f" || entries[1].Target() != "../nothing" || entries[1].MTime != moment {
		t.Errorf("%+v, %v", entries, err)
	}
	if mounts, err := c.Mounts(ctx); err != nil || !slices.Contains(mounts, "/proc") {
		t.Errorf("%q, %v", mounts, err)
	}
}

func TestNothingLeadsOut(t *testing.T) {
	base := t.TempDir()
	dir, outside := filepath.Join(base, "dir"), filepath.Join(base, "outside")
	for _, d := range []string{dir, outside} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "f"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"up": "../outside", "absolute": outside, "file": "../outside/f"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c := serve(t, dir, 0)
	ctx := t.Context()
	for _, name := range []string{"up/f", "absolute/f", "../outside/f", outside + "/f", "file", "up/../../outside/f"} {
		for what, do := range map[string]func() error{
			"read":    func() error { _, err := c.Open(ctx, name); return err },
			"written": func() error { _, err := c.Reopen(ctx, name); return err },
			"made":    func() error { return c.Mkdir(ctx, name+"2") },
			"listed":  func() error { _, err := c.ReadDir(ctx, name+"/.."); return err },
		} {
			if name == "file" && what == "made" {
				continue
			}
			if err := do(); err == nil {
				t.Errorf("%s was %s", name, what)
			}
		}
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside there is %v, %v", entries, err)
	}
}

func TestManyEntries(t *testing.T) {
	dir := t.TempDir()
	const many = 20_000
	for i := range many {
		if err := os.Symlink("x", filepath.Join(dir, fmt.Sprintf("a rather long name of a link %d", i))); err != nil {
			t.Fatal(err)
		}
	}
	c := serve(t, dir, 0)
	entries, err := c.ReadDir(t.Context(), "")
	if err != nil || len(entries) != many {
		t.Errorf("%d, %v", len(entries), err)
	}
}

func TestIncompleteFilesAreRemoved(t *testing.T) {
	for _, end := range []string{"bye", "lost"} {
		t.Run(end, func(t *testing.T) {
			dir := t.TempDir()
			c := serve(t, dir, 0)
			ctx := t.Context()
			w, err := c.Create(ctx, ".mlng-part-0000000000000001")
			if err == nil {
				err = write(w, make([]byte, 2*contentSize), contentSize)
			}
			if err == nil {
				err = c.Symlink(ctx, "x", ".mlng-part-0000000000000002")
			}
			if err == nil {
				err = c.Hold(ctx, ".mlng-part-0000000000000003")
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, ".mlng-part-0000000000000003"), nil, 0o600)
			}
			if err == nil {
				err = c.Hold(ctx, "not ours")
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "not ours"), nil, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if end == "bye" {
				c.Bye()
			} else {
				c.lose()
			}
			<-c.Done()
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "not ours" {
				t.Errorf("there is %v, %v", left, err)
			}
			if _, err := c.Lstat(ctx, ""); core.KindOf(err) != core.KindConnectionLost {
				t.Error(err)
			}
		})
	}
}

func TestAgentThatIsStopped(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	fromClient, toAgent := io.Pipe()
	fromAgent, toClient := io.Pipe()
	ended := make(chan error, 1)
	guard.Go(func() { ended <- Serve(ctx, dir, time.Hour, fromClient, toClient) }, nil)
	c := NewClient(fromAgent, toAgent)
	w, err := c.Create(t.Context(), ".mlng-part-0000000000000001")
	if err == nil {
		err = write(w, make([]byte, 2*contentSize), contentSize)
	}
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("there is %v, %v", left, err)
	}
	_ = toClient.Close()
}

func TestAdopt(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, dir, 0)
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Adopt(t.Context(), "f", wanted(0o640, 3)); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	if err := c.Adopt(t.Context(), "f", wanted(0o640, 4)); err != nil {
		t.Error(err)
	}
	if e, err := c.Lstat(t.Context(), "f"); err != nil || e.Mode != 0o640 || e.MTime != moment {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestCancelledCall(t *testing.T) {
	c := serve(t, t.TempDir(), 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := c.ReadDir(ctx, ""); err != nil && !errors.Is(err, reason) {
		t.Error(err)
	}
	if _, err := c.ReadDir(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

func FuzzServe(f *testing.F) {
	for op := byte(opReadDir); op <= opMounts; op++ {
		f.Add([]byte{op, 1, 'x', 2, 0, 0, 1, 'y'})
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 || len(payload) > maxFrame {
			return
		}
		c := serve(t, t.TempDir(), 0)
		q := newFields(len(payload))
		_, err := c.ask(t.Context(), append(q, payload...))
		if core.KindOf(err) == core.KindConnectionLost {
			t.Errorf("%v ended the agent", payload)
		}
	})
}
