package hostkeys

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// addingFile makes this program one that adds host keys to the file.
const addingFile = "MLNG_TEST_KNOWN_HOSTS"

func TestMain(m *testing.M) {
	if path := os.Getenv(addingFile); path != "" {
		addKeys(path, bufio.NewScanner(os.Stdin))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// addKeys reads the host names and the key, says that it is ready, and checks the hosts
// as soon as it is told to. It prints the kinds of the errors.
func addKeys(path string, in *bufio.Scanner) {
	in.Scan()
	hosts := strings.Fields(in.Text())
	in.Scan()
	key, _, _, _, err := ssh.ParseAuthorizedKey(in.Bytes())
	if err != nil {
		panic(err)
	}
	var checkers []*Checker
	for _, host := range hosts {
		c := &Checker{Host: host, Port: "22", UserFiles: []string{path}, Strict: sshconfig.StrictAcceptNew}
		if err := c.Load(); err != nil {
			panic(err)
		}
		checkers = append(checkers, c)
	}
	fmt.Println("ready")
	in.Scan()
	for _, c := range checkers {
		fmt.Printf("%s %s\n", c.Host, core.KindOf(c.Check(key)))
	}
}

// adder is another process that adds host keys.
type adder struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startAdder(t *testing.T, path string, hosts []string, key ssh.PublicKey) *adder {
	t.Helper()
	a := &adder{cmd: exec.Command(os.Args[0])}
	a.cmd.Env = append(os.Environ(), addingFile+"="+path)
	a.cmd.Stderr = os.Stderr
	var err error
	if a.in, err = a.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.cmd.Process.Kill() })
	a.out = bufio.NewScanner(out)
	if _, err := fmt.Fprintf(a.in, "%s\n%s\n", strings.Join(hosts, " "), text(key)); err != nil {
		t.Fatal(err)
	}
	return a
}

// results returns the kind of error for each host.
func (a *adder) results(t *testing.T) map[string]core.Kind {
	t.Helper()
	kinds := map[string]core.Kind{}
	for a.out.Scan() {
		host, kind, _ := strings.Cut(a.out.Text(), " ")
		kinds[host] = core.Kind(kind)
	}
	if err := a.cmd.Wait(); err != nil {
		t.Error(err)
	}
	return kinds
}

// TestManyProcessesAddAtOnce has processes that all saw an empty file. Hosts are added
// once, and of two keys for one host one is accepted.
func TestManyProcessesAddAtOnce(t *testing.T) {
	const processes, each = 8, 40
	path := filepath.Join(t.TempDir(), "known_hosts")
	keys := []ssh.PublicKey{newKey(t).PublicKey(), newKey(t).PublicKey()}
	var hosts []string
	for i := range each {
		hosts = append(hosts, fmt.Sprintf("gpu%d", i))
	}
	var adders []*adder
	for i := range processes {
		mine := append(hosts[:each:each], "contested")
		key := keys[0]
		if i%2 == 1 {
			mine, key = []string{"contested"}, keys[1]
			for _, host := range hosts {
				mine = append(mine, "other-"+host)
			}
		}
		adders = append(adders, startAdder(t, path, mine, key))
	}
	for _, a := range adders {
		if !a.out.Scan() || a.out.Text() != "ready" {
			t.Fatalf("got %q, %v", a.out.Text(), a.out.Err())
		}
	}
	for _, a := range adders {
		_ = a.in.Close()
	}
	accepted := [2]int{}
	for i, a := range adders {
		kinds := a.results(t)
		if len(kinds) != each+1 {
			t.Errorf("process %d checked %d hosts", i, len(kinds))
		}
		for host, kind := range kinds {
			switch {
			case host == "contested" && kind == "":
				accepted[i%2]++
			case host == "contested" && kind == core.KindHostKeyChanged:
			case kind != "":
				t.Errorf("process %d: %s: %s", i, host, kind)
			}
		}
	}
	if accepted != [2]int{processes / 2, 0} && accepted != [2]int{0, processes / 2} {
		t.Errorf("%v processes of each kind had their key accepted", accepted)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, e := range parse(file, path) {
		found[e.hosts[0]]++
	}
	if lines := strings.Count(string(file), "\n"); lines != 2*each+1 || len(found) != lines {
		t.Errorf("%d lines, %d hosts: %v", lines, len(found), found)
	}
}
