package ssh

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// cutting hashes what is read, and loses the connection after so many bytes, once.
type cutting struct {
	hash.Hash
	left int64
	once sync.Once
	lose func()
}

func (c *cutting) Write(p []byte) (int, error) {
	n, err := c.Hash.Write(p)
	if c.left -= int64(n); c.left < 0 {
		c.once.Do(c.lose)
	}
	return n, err
}

// TestReadGoesOnAfterALostConnection loses it in the middle of a file: no byte comes twice or
// not at all, and content of two versions is not mixed.
func TestReadGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := runName(t, e)
	_, err := e.Run(t.Context(), core.RunRequest{
		Image: "mlng-busybox", Options: []string{"-d", "--name", name, "--tmpfs", "/scratch"}, Command: core.Command{Argv: []string{"sleep", "600"}},
	}, core.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	sum := inside(t, e, name, "head -c 30000000 /dev/urandom >/file; cp -p /file /scratch/file; sha256sum /file")
	read := func(path string, meanwhile func()) (string, error) {
		to := &cutting{Hash: sha256.New(), left: 5_000_000, lose: func() {
			p.cut()
			waitDown(t, client.host)
			meanwhile()
			p.mend()
		}}
		result, err := client.ReadFile(timeout(t), core.ReadFileRequest{FileRequest: core.FileRequest{Container: name, Path: path}}, core.Streams{Stdout: to})
		if err == nil && result.Size != 30_000_000 {
			t.Errorf("%s: %d bytes", path, result.Size)
		}
		return hex.EncodeToString(to.Sum(nil)), err
	}
	for _, path := range []string{"/file", "/scratch/file"} {
		got, err := read(path, func() {})
		if err != nil || !strings.HasPrefix(sum, got) {
			t.Errorf("%s: %s, %v; want %s", path, got, err, sum)
		}
	}
	_, err = read("/file", func() { inside(t, e, name, "echo more >>/file") })
	if core.KindOf(err) != core.KindConflict {
		t.Errorf("a changed file: %v", err)
	}
}

// TestWriteIsWholeAfterALostConnection loses it again and again while a file is written.
func TestWriteIsWholeAfterALostConnection(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := box(t, e)
	inside(t, e, name, "mkdir /d; echo old >/d/file")
	content := bytes.Repeat([]byte("0123456789abcdef"), 2_000_000)
	done := make(chan error, 1)
	at := core.FileRequest{Container: name, Path: "/d/file"}
	go func() {
		_, err := client.WriteFile(timeout(t), core.WriteFileRequest{FileRequest: at}, core.Streams{Stdin: bytes.NewReader(content)})
		done <- err
	}()
	for range 3 {
		// The agent writes beside the file.
		for inside(t, e, name, "ls -A /d | wc -l") != "2" && len(done) == 0 {
		}
		p.cut()
		waitDown(t, client.host)
		if got := inside(t, e, name, "head -c 4 /d/file"); got != "old" && got != "0123" {
			t.Errorf("there is %q", got)
		}
		p.mend()
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := e.ReadFile(t.Context(), core.ReadFileRequest{FileRequest: at}, core.Streams{Stdout: &out}); err != nil || !bytes.Equal(out.Bytes(), content) {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	for until := time.Now().Add(longest); inside(t, e, name, "ls -A /d") != "file"; {
		if time.Now().After(until) {
			t.Fatal("an incomplete file is still there")
		}
	}
}
