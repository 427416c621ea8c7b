package engine

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// copyBench is one engine with a client of ours, docker's own command, and a container
// that was created and never started: copies need no process.
type copyBench struct {
	engine    bed.Engine
	client    *Engine
	docker    string
	container string
}

func eachCopyEngine(t *testing.T, run func(t *testing.T, b copyBench)) {
	t.Helper()
	docker := bed.Load(t).Binary(t, "docker-cli")
	for _, engine := range bed.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			b := copyBench{engine: engine, docker: docker, client: copyClient(t, engine)}
			b.container = b.create(t)
			run(t, b)
		})
	}
}

func copyClient(t *testing.T, engine bed.Engine) *Engine {
	t.Helper()
	client, err := New(Options{Target: engine.Host, Open: patient(engine), Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", engine.Socket)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// create makes a container with more docker create options, and removes it at the end.
func (b copyBench) create(t *testing.T, options ...string) string {
	t.Helper()
	id := b.must(t, append(append([]string{"create"}, options...), "mlng-busybox", "sleep", "1000")...)
	t.Cleanup(func() { b.must(t, "rm", "-f", "-v", id) })
	return id
}

func (b copyBench) command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), b.docker, args...)
	if t.Context().Err() != nil {
		cmd = exec.Command(b.docker, args...) // a cleanup
	}
	cmd.Env = []string{"DOCKER_HOST=" + b.engine.Host, "DOCKER_CONFIG=" + os.DevNull}
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker %v: %w: %s", args, err, errs.String())
	}
	return strings.TrimSpace(out.String()), nil
}

func (b copyBench) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := b.command(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fixtureTime is the time of every file a test makes, so that a copy's differs where it
// was not kept.
var fixtureTime = time.Unix(1_600_000_000, 0)

// plant makes a tree in dir. A line is "name/" (folder), "name=content", "name->link",
// "name=>first" (hard link) or "name|" (FIFO), and may end in " MODE" in octal or
// " @UID:GID"; {} in a link is dir.
func plant(t *testing.T, dir string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := plantOne(dir, line); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Backward(all) {
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink != 0 {
			continue
		}
		if err := os.Chtimes(path, fixtureTime, fixtureTime); err != nil {
			t.Fatal(err)
		}
	}
}

func plantOne(dir, line string) error {
	words := strings.Split(line, " ")
	what := words[0]
	at := func(name string) string { return filepath.Join(dir, name) }
	name := what
	var err error
	switch {
	case strings.Contains(what, "->"):
		var link string
		name, link, _ = strings.Cut(what, "->")
		err = os.Symlink(strings.ReplaceAll(link, "{}", dir), at(name))
	case strings.Contains(what, "=>"):
		var first string
		name, first, _ = strings.Cut(what, "=>")
		err = os.Link(at(first), at(name))
	case strings.Contains(what, "="):
		var content string
		name, content, _ = strings.Cut(what, "=")
		err = os.WriteFile(at(name), []byte(content), 0o644)
	case strings.HasSuffix(what, "|"):
		name = strings.TrimSuffix(what, "|")
		err = syscall.Mkfifo(at(name), 0o644)
	default:
		err = os.MkdirAll(at(what), 0o755)
	}
	for _, word := range words[1:] {
		var uid, gid int
		var mode uint32
		if _, scan := fmt.Sscanf(word, "@%d:%d", &uid, &gid); scan == nil {
			err = os.Lchown(at(name), uid, gid)
		} else if _, scan := fmt.Sscanf(word, "%o", &mode); scan == nil {
			err = syscall.Chmod(at(name), mode)
		}
	}
	return err
}

// portray describes a tree, a line for each name: what docker cp may get wrong.
func portray(t *testing.T, dir string) []string {
	t.Helper()
	var lines []string
	inodes := map[uint64]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		stat := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%q %v %d:%d", name, info.Mode(), stat.Uid, stat.Gid)
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if len(content) > 64 {
				content = fmt.Appendf(nil, "%d bytes %x", len(content), content[:16])
			}
			line += fmt.Sprintf(" %q", content)
			if first, has := inodes[stat.Ino]; has {
				line += " is " + first
			}
			inodes[stat.Ino] = name
		case info.Mode()&fs.ModeSymlink != 0:
			link, _ := os.Readlink(path)
			line += " -> " + strings.ReplaceAll(link, dir, "{}")
		}
		if info.Mode().IsRegular() && info.ModTime().Before(fixtureTime.Add(time.Hour)) {
			line += fmt.Sprint(" ", info.ModTime().Unix())
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
