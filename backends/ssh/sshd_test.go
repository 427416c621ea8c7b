package ssh

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// ownSSHD is a throw-away sshd with the keys of a part of the testbed, for tests that
// end it or count what it was asked for.
type ownSSHD struct {
	t      testing.TB
	part   bed.SSHD
	config string
	log    string
	port   int
	cmd    *exec.Cmd
}

func newSSHD(t testing.TB, part bed.SSHD, more ...string) *ownSSHD {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(part.HostKeys[0]), "sshd_config"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &ownSSHD{t: t, part: part, config: filepath.Join(dir, "sshd_config"), log: filepath.Join(dir, "log"), port: reservePort(t)}
	config := strings.Join(more, "\n") + "\n" + regexp.MustCompile(`(?m)^Port .*$`).ReplaceAllString(string(text), "Port "+strconv.Itoa(s.port))
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(func() { s.kill() })
	return s
}

func (s *ownSSHD) start() {
	s.t.Helper()
	log, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	argv := append(slices.Clone(s.part.Launcher), "/usr/sbin/sshd", "-D", "-e", "-f", s.config)
	s.cmd = exec.Command(argv[0], argv[1:]...)
	s.cmd.Stderr = log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	for !s.greets() {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(s.log)
			s.t.Fatalf("sshd does not come up: %s", text)
		}
	}
}

func (s *ownSSHD) greets() bool {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.port), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	head := make([]byte, 4)
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, err = conn.Read(head)
	return err == nil && string(head) == "SSH-"
}

// kill ends it with all its connections, as a machine that goes down does.
func (s *ownSSHD) kill() {
	for _, pid := range append(descendants(s.cmd.Process.Pid), s.cmd.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = s.cmd.Wait()
}

// logged returns what it has written to its log.
func (s *ownSSHD) logged() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// configured is a client's config for it, by the alias.
func (s *ownSSHD) configured(alias string, more ...string) string {
	return configFor(s.part, alias, append([]string{"HostKeyAlias [127.0.0.1]:" + strconv.Itoa(s.part.Port), "Port " + strconv.Itoa(s.port)}, more...)...)
}

func descendants(pid int) []int {
	parents := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')'):]), " ")
		fields := strings.Fields(rest)
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			parents[parent] = append(parents[parent], child)
		}
	}
	var all []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		all = append(all, parents[queue[0]]...)
		queue = append(queue, parents[queue[0]]...)
	}
	return all
}
