//go:build linux

package liveness

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestMain: the test program is also the one that looks from another place.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "gone" {
		fmt.Print(Gone(os.Args[2]), " ", Gone(Self().String()), " ", Self().String() != "")
		return
	}
	os.Exit(m.Run())
}

// nameOf names a living process as it would name itself.
func nameOf(t *testing.T, pid int) string {
	t.Helper()
	info, ok := parseStat(readText(fmt.Sprintf("/proc/%d/stat", pid)))
	if !ok {
		t.Fatalf("process %d is not there", pid)
	}
	return Process{here(), pid, info.ticks, os.Getuid()}.String()
}

func sleeper(t *testing.T, program string) *exec.Cmd {
	t.Helper()
	command := exec.Command(program, "600")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _, _ = command.Process.Wait() })
	return command
}

func TestRealProcesses(t *testing.T) {
	if Gone(Self().String()) || Self().Ticks == 0 {
		t.Errorf("this process: %q", Self())
	}
	if began := time.Since(time.Unix(int64(Started()), 0)).Seconds(); math.Abs(began) > 3600 {
		t.Errorf("this process started %g s ago", began)
	}
	command := sleeper(t, "/bin/sleep")
	name := nameOf(t, command.Process.Pid)
	if Gone(name) {
		t.Error("a living process counts as gone")
	}
	other, _ := Parse(name)
	other.Ticks++
	if !Gone(other.String()) {
		t.Error("another process of the same number counts as the one that had it")
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for { // it stays as a zombie until it is waited for
		if info, _ := parseStat(readText(fmt.Sprintf("/proc/%d/stat", command.Process.Pid))); info.ended {
			break
		}
	}
	if !Gone(name) {
		t.Error("a zombie counts as alive")
	}
	_, _ = command.Process.Wait()
	if !Gone(name) {
		t.Error("a process that ended counts as alive")
	}
}

func TestAProcessWithTheNameOfAZombie(t *testing.T) {
	content, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), ") Z 1 (")
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	command := sleeper(t, program)
	if Gone(nameOf(t, command.Process.Pid)) {
		t.Error("it counts as gone")
	}
}

// copyLibraries copies what a program needs to run with folder as its root: with the race
// detector it is linked dynamically.
func copyLibraries(t *testing.T, program, folder string) {
	t.Helper()
	listed, _ := exec.Command("ldd", program).Output() // it fails for a static one
	for _, word := range strings.Fields(string(listed)) {
		if !strings.HasPrefix(word, "/lib") {
			continue
		}
		content, err := os.ReadFile(word)
		if err == nil {
			err = os.MkdirAll(filepath.Join(folder, filepath.Dir(word)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, word), content, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestFromOtherPlaces asks about a process that lives from where it cannot be seen well.
func TestFromOtherPlaces(t *testing.T) {
	bed.Root(t) // namespaces and other users
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for dir := folder; dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
		_ = os.Chmod(dir, 0o755)
	}
	program := filepath.Join(folder, "look")
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	copyLibraries(t, program, folder)
	command := sleeper(t, "/bin/sleep")
	lives := nameOf(t, command.Process.Pid)
	ended, _ := Parse(lives)
	ended.PID = 1 << 22 // above the highest number that a process can have
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	hidden := []string{"unshare", "--mount", "sh", "-c", `mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --clear-groups "$@"`, "-", program}
	for _, c := range []struct {
		name    string
		argv    []string
		how     syscall.SysProcAttr
		process string
		want    string // gone, itself gone, its place is known
	}{
		{"another user", []string{program}, syscall.SysProcAttr{Credential: nobody}, lives, "false false true"},
		{"hidepid", hidden, syscall.SysProcAttr{}, lives, "false false true"},
		{"hidepid, and it ended", hidden, syscall.SysProcAttr{}, ended.String(), "true false true"},
		{"no /proc", []string{"/look"}, syscall.SysProcAttr{Chroot: folder}, lives, "false false false"},
		{"no /proc, and it ended", []string{"/look"}, syscall.SysProcAttr{Chroot: folder}, ended.String(), "false false false"},
		{"another PID namespace with the /proc of the one outside", []string{program}, syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}, lives, "false false true"},
		{"another PID namespace", []string{"unshare", "--pid", "--fork", "--mount-proc", program}, syscall.SysProcAttr{}, ended.String(), "false false true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			look := exec.Command(c.argv[0], append(c.argv[1:], "gone", c.process)...)
			look.SysProcAttr, look.Dir = &c.how, "/"
			var said strings.Builder // the race detector complains there without /proc
			look.Stderr = &said
			out, err := look.Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
				t.Errorf("%q, %v, want %q: %s", got, err, c.want, &said)
			}
		})
	}
}
