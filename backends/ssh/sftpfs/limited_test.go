package sftpfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// folderOf is a host with one folder of so many names, below each of which is the same.
type folderOf struct {
	names int
	name  func(i int) string
}

func (f folderOf) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	if r.Method == "List" {
		return f, nil
	}
	return one{}, nil
}

func (folderOf) Fileread(*sftp.Request) (io.ReaderAt, error) { return nil, os.ErrNotExist }

func (f folderOf) ListAt(into []os.FileInfo, at int64) (int, error) {
	n := 0
	for ; n < len(into) && at+int64(n) < int64(f.names); n++ {
		into[n] = info(f.name(int(at) + n))
	}
	if n < len(into) {
		return n, io.EOF
	}
	return n, nil
}

type one struct{}

func (one) ListAt(into []os.FileInfo, at int64) (int, error) {
	if at > 0 {
		return 0, io.EOF
	}
	into[0] = folderInfo{info("x")}
	return 1, io.EOF
}

type info string

func (i info) Name() string     { return string(i) }
func (info) Size() int64        { return 0 }
func (info) Mode() fs.FileMode  { return 0o644 }
func (info) ModTime() time.Time { return time.Unix(1_600_000_000, 0) }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }

type folderInfo struct{ info }

func (folderInfo) Mode() fs.FileMode { return fs.ModeDir | 0o755 }
func (folderInfo) IsDir() bool       { return true }

// hostOf serves a folder by a server of package sftp.
func hostOf(t *testing.T, folder folderOf) *FS {
	t.Helper()
	here, there := net.Pipe()
	server := sftp.NewRequestServer(there, sftp.Handlers{FileList: folder, FileGet: folder})
	guard.Go(func() { _ = server.Serve() }, func(p *guard.Panic) { panic(p) })
	in, out := Limited(here, here)
	client, err := sftp.NewClientPipe(in, out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	return &FS{
		Client: func(context.Context) (*sftp.Client, func(), error) { return client, func() {}, nil },
		Lost:   func(err error) error { return err },
	}
}

// TestEndlessFolder: a folder that never ends is an error with a type, before it fills
// the memory, by whatever asks for it; the session goes on.
func TestEndlessFolder(t *testing.T) {
	host := hostOf(t, folderOf{1 << 40, func(i int) string { return fmt.Sprintf("%016d", i) }})
	files := hostfiles.New(host, localfs.FS{})
	destination := t.TempDir()
	for name, do := range map[string]func() error{
		"a download": func() error {
			_, err := files.Download(t.Context(), core.DownloadRequest{Source: "/data", Destination: destination}, nil)
			return err
		},
		"a deletion": func() error {
			_, err := files.Delete(t.Context(), core.HostDeleteRequest{Path: "/data/sub/x"})
			return err
		},
	} {
		var err error
		peak := treetest.Memory(func() { err = do() })
		if !bounded.IsTooLarge(err) || peak > 200<<20 {
			t.Errorf("%s: %v, %d MB were in use", name, err, peak>>20)
		}
	}
	if _, err := host.Stat(t.Context(), "/data"); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(destination); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestLargeFolder: a hundred thousand names are none too many.
func TestLargeFolder(t *testing.T) {
	const many = 100_000
	host := hostOf(t, folderOf{many, func(i int) string { return fmt.Sprintf("a name of usual length %06d.jpg", i) }})
	tree, err := host.Tree(t.Context(), "/data")
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for range 2 {
		entries, err := tree.ReadDir(t.Context(), "")
		if err != nil || len(entries) != many || !strings.HasSuffix(entries[many-1].Path, "099999.jpg") {
			t.Errorf("%d, %v", len(entries), err)
		}
	}
}

// FuzzLimited: what passes is what was sent, in both directions.
func FuzzLimited(f *testing.F) {
	f.Add([]byte{0, 0, 0, 10, packetReaddir, 0, 0, 0, 1, 0, 0, 0, 1, 'h'}, []byte{0, 0, 0, 9, packetName, 0, 0, 0, 1, 0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 1, packetClose}, []byte{0, 0, 0, 3, packetData, 1, 2, 0, 0, 0, 0, 9})
	f.Add([]byte{255, 255, 255, 255, 1, 2}, []byte{255, 255, 255, 255, packetName, 2, 0, 0, 0, 5, packetStatus})
	f.Fuzz(func(t *testing.T, asked, answered []byte) {
		var sent bytes.Buffer
		in, out := Limited(iotest.HalfReader(bytes.NewReader(answered)), closer{&sent})
		for rest := asked; len(rest) > 0; {
			n := min(len(rest), 3)
			if _, err := out.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(sent.Bytes(), asked) {
			t.Errorf("%q was sent, not %q", sent.Bytes(), asked)
		}
		got, err := io.ReadAll(in)
		var p *guard.Panic
		if errors.As(err, &p) || !bytes.HasPrefix(answered, got) || err == nil && len(got) != len(answered) {
			t.Errorf("%q came of %q, %v", got, answered, err)
		}
	})
}

const packetData = 103

type closer struct{ io.Writer }

func (closer) Close() error { return nil }
