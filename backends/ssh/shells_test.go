package ssh

import (
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
)

// awaitShell waits until a shell is ready.
func awaitShell(t *testing.T, c *Host) *sshconn.Process {
	t.Helper()
	ctx := timeout(t)
	for ctx.Err() == nil {
		if p, ok := c.shells.Take(); ok {
			c.shells.Put(p)
			return p
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("no shell is made ready")
	return nil
}

// TestReadyShell: a sync uses the shell that the one before it left ready, and has
// another one made. One that does not do what it should is no reason to go another way.
func TestReadyShell(t *testing.T) {
	c := bedConnection(t)
	files := c.HostFiles()
	source, destination := t.TempDir(), t.TempDir()+"/it's $HOME \\ \"there\""
	sync := func(name string) {
		t.Helper()
		write(t, source+"/"+name, 10)
		report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
		if err != nil || report.Way != "rsync" || report.FilesSent != 1 {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
		noDebris(t, destination)
	}
	sync("first")
	used := awaitShell(t, c)
	sync("by the ready shell")
	if awaitShell(t, c) == used || !awaitShellEnd(t, used) {
		t.Error("the shell was not used")
	}
	broken, err := c.Command(t.Context(), "exec sh -c 'read -r line'")
	if err != nil {
		t.Fatal(err)
	}
	c.shells.Evict()
	c.shells.Put(broken)
	sync("after a broken shell")
	last := awaitShell(t, c)
	c.shells.Evict()
	awaitShellEnd(t, last)
}

func awaitShellEnd(t *testing.T, p *sshconn.Process) bool {
	t.Helper()
	select {
	case <-p.Done():
		return true
	case <-timeout(t).Done():
		t.Error("the shell stays")
		return false
	}
}
