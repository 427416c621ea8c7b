package sftpfs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// The server that OpenSSH's sshd starts for a login, and the user nobody.
const (
	server = "/usr/lib/openssh/sftp-server"
	nobody = 65534
)

// login starts a server for a user, in a start folder.
func login(t *testing.T, uid uint32, start string) core.HostFiles {
	t.Helper()
	command := exec.Command(server)
	command.Dir = start
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	client, err := sftp.NewClientPipe(out, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		_ = command.Wait()
	})
	return hostfiles.New(&FS{
		Client: func(context.Context) (*sftp.Client, func(), error) { return client, func() {}, nil },
		Lost:   func(err error) error { return err },
	}, localfs.FS{})
}

// open is a folder where everybody may write.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mlng-test-")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

type file struct {
	name     string
	uid, gid int
	mode     uint32
	mtime    time.Time
}

func plant(t *testing.T, dir string, files ...file) {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		err := os.WriteFile(path, []byte(f.name), 0o600)
		if err == nil {
			err = os.Chown(path, f.uid, f.gid)
		}
		if err == nil {
			err = syscall.Chmod(path, f.mode)
		}
		if err == nil && !f.mtime.IsZero() {
			err = os.Chtimes(path, f.mtime, f.mtime)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// want looks at what a sync made.
func want(t *testing.T, dir string, files ...file) {
	t.Helper()
	for _, f := range files {
		var st syscall.Stat_t
		if err := syscall.Stat(filepath.Join(dir, f.name), &st); err != nil {
			t.Error(err)
			continue
		}
		if int(st.Uid) != f.uid || int(st.Gid) != f.gid || st.Mode&0o7777 != f.mode {
			t.Errorf("%s belongs to %d:%d with mode %o; want %+v", f.name, st.Uid, st.Gid, st.Mode&0o7777, f)
		}
		if got := time.Unix(st.Mtim.Unix()); !f.mtime.IsZero() && !got.Equal(f.mtime) {
			t.Errorf("%s has the time %s; want %s", f.name, got, f.mtime)
		}
	}
}

func syncTwice(t *testing.T, files core.HostFiles, source, destination string, sent int64) (first core.SyncReport) {
	t.Helper()
	for i, sent := range []int64{sent, 0} {
		report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
		if err != nil || report.FilesSent != sent || i == 1 && len(report.Issues) > 0 {
			t.Errorf("sync %d: %+v, %v", i+1, report, err)
		}
		if i == 0 {
			first = report
		}
	}
	return first
}

// TestOwnersByTrying has users whose start folders say nothing of who they are.
func TestOwnersByTrying(t *testing.T) {
	bed.Root(t)
	source := t.TempDir()
	plant(t, source, file{"plain", 0, 0, 0o640, time.Time{}}, file{"of somebody", 1234, 1235, 0o4755, time.Time{}}, file{"grouped", 0, 0, 0o2755, time.Time{}})
	t.Run("nobody starts in root's folder", func(t *testing.T) {
		there := open(t)
		syncTwice(t, login(t, nobody, "/"), source, there+"/new", 3)
		want(t, there+"/new", file{"plain", nobody, nobody, 0o640, time.Time{}}, file{"of somebody", nobody, nobody, 0o755, time.Time{}},
			file{"grouped", nobody, nobody, 0o755, time.Time{}})
	})
	t.Run("root starts in somebody's folder", func(t *testing.T) {
		there := open(t)
		if err := os.Chown(there, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		syncTwice(t, login(t, 0, there), source, there+"/new", 3)
		want(t, there+"/new", file{"plain", 0, 0, 0o640, time.Time{}}, file{"of somebody", 1234, 1235, 0o4755, time.Time{}},
			file{"grouped", 0, 0, 0o2755, time.Time{}})
	})
}

// TestTimesThatSFTPCannotKeep: they are clamped, which is told once and believed later.
func TestTimesThatSFTPCannotKeep(t *testing.T) {
	bed.Root(t)
	source, there := t.TempDir(), open(t)
	first, last := time.Unix(0, 0), time.Unix(1<<32-1, 0)
	plant(t, source,
		file{"early", 0, 0, 0o644, time.Unix(-300_000_000, 500)}, file{"just before", 0, 0, 0o644, time.Unix(-1, 500_000_000)},
		file{"late", 0, 0, 0o644, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}, file{"now", 0, 0, 0o644, time.Unix(1_700_000_000, 0)})
	if err := os.Mkdir(source+"/folder", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(source+"/folder", first.Add(-time.Hour), first.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	files := login(t, 0, "/")
	report := syncTwice(t, files, source, there+"/new", 4)
	if len(report.Issues) != 1 || report.Issues[0].Issue != core.IssueTime {
		t.Errorf("%+v", report.Issues)
	}
	want(t, there+"/new", file{"early", 0, 0, 0o644, first}, file{"just before", 0, 0, 0o644, first}, file{"late", 0, 0, 0o644, last},
		file{"now", 0, 0, 0o644, time.Unix(1_700_000_000, 0)}, file{"folder", 0, 0, 0o755, first})
	// Another content of the same size is sent, with the time that was clamped the same way.
	if err := os.WriteFile(source+"/now", []byte("NOW"), 0o644); err != nil {
		t.Fatal(err)
	}
	report = syncTwice(t, files, source, there+"/new", 1)
	if len(report.Issues) != 0 {
		t.Errorf("told again: %+v", report.Issues)
	}
	up, err := files.Upload(t.Context(), core.UploadRequest{Source: source + "/early", Destination: there + "/up"}, nil)
	if err != nil || len(up.Issues) != 1 || up.Issues[0].Issue != core.IssueTime {
		t.Errorf("%+v, %v", up, err)
	}
}
