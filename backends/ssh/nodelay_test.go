package ssh

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestNoDelay looks at the sshd's own sockets: a connection that carries only streams sends
// small packets at once, where the engine's socket is known. So does the next connection.
func TestNoDelay(t *testing.T) {
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	ran := filepath.Join(t.TempDir(), "ran")
	if err := unix.Mkfifo(ran, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := os.OpenFile(ran, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	_ = said.SetReadDeadline(time.Now().Add(longest))
	commands := bufio.NewReader(said)
	server := newSSHD(t, state.SSHD(t, "sshd"), "ForceCommand echo \"$SSH_ORIGINAL_COMMAND\" >"+ran)
	client, p := clientBehind(t, state, server.port, on, nil)
	for range 2 {
		if _, err := client.Ping(timeout(t)); err != nil {
			t.Fatal(err)
		}
		if command, err := commands.ReadString('\n'); err != nil || command != "true\n" {
			t.Errorf("the host ran %q, %v", command, err)
		}
		// The sshd does one thing after the other: with this answer it has begun what it did before.
		if _, err := client.Ping(timeout(t)); err != nil {
			t.Fatal(err)
		}
		if delays := delaying(t, server); len(delays) == 0 || slices.Contains(delays, true) {
			t.Errorf("connections of the sshd that delay small packets: %v", delays)
		}
		p.cut()
		waitDown(t, client.host)
		p.mend()
	}
}

// delaying reports for each connection of an sshd whether Nagle's algorithm is on.
func delaying(t *testing.T, server *ownSSHD) (delays []bool) {
	t.Helper()
	for _, pid := range descendants(server.cmd.Process.Pid) {
		process, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it has ended
		}
		files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
		for _, file := range files {
			number, _ := strconv.Atoi(filepath.Base(file))
			if target, _ := os.Readlink(file); !strings.HasPrefix(target, "socket:") {
				continue
			}
			fd, err := unix.PidfdGetfd(process, number, 0)
			if err != nil {
				continue
			}
			if name, err := unix.Getsockname(fd); err == nil {
				if here, ok := name.(*unix.SockaddrInet4); ok && here.Port == server.port {
					noDelay, err := unix.GetsockoptInt(fd, unix.SOL_TCP, unix.TCP_NODELAY)
					if err != nil {
						t.Error(err)
					}
					delays = append(delays, noDelay == 0)
				}
			}
			_ = unix.Close(fd)
		}
		_ = unix.Close(process)
	}
	return delays
}
