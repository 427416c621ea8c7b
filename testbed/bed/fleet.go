package bed

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Fleet is three engines on hosts of their own, joined into one swarm. The first is its
// manager. Each has two GPUs, by name, as generic resources.
type Fleet struct {
	Name    string `json:"-"`       // fleet-old, fleet-new
	Version string `json:"version"` // of each of its engines
	API     string `json:"api"`
	Nodes   []Node `json:"nodes"`
	Command string `json:"docker"` // path of the docker command
	Root    string `json:"root"`   // the repository's folder
}

// Node is one host of a fleet.
type Node struct {
	Engine
	Name    string   `json:"name"`    // its host name, and its alias in the ssh configuration: fleet-new-1
	NodeID  string   `json:"node_id"` // as the swarm calls it
	Address string   `json:"address"` // which only this machine and the other nodes reach
	GPUs    []string `json:"gpus"`    // GPU-..., as NVIDIA writes them
	Disk    string   `json:"disk"`    // where this machine sees the node's /srv, which is the node's own
	SSH     SSHD     `json:"ssh"`     // at the address, port 22
}

// Fleet returns one fleet by name, for a test that leaves its nodes as they are. Until the end
// of the test, one that disturbs them waits.
func (s State) Fleet(t testing.TB, name string) Fleet {
	t.Helper()
	lock(t, name, syscall.LOCK_SH)
	return s.fleet(t, name)
}

// FleetAlone returns one fleet by name, for a test that ends, cuts off or drains its nodes: other
// tests that use it wait. At the end of the test all nodes are as they were.
func (s State) FleetAlone(t testing.TB, name string) Fleet {
	t.Helper()
	lock(t, name, syscall.LOCK_EX)
	fleet := s.fleet(t, name)
	t.Cleanup(func() { fleet.restore(t) })
	return fleet
}

func (s State) fleet(t testing.TB, name string) Fleet {
	t.Helper()
	fleet := part[Fleet](t, s, name, "fleet")
	fleet.Name = name
	for i := range fleet.Nodes {
		fleet.Nodes[i].Engine.Name = fleet.Nodes[i].Name
		fleet.Nodes[i].SSH.Name = fleet.Nodes[i].Name
	}
	return fleet
}

// Control does to a node what the word says: "kill" (the daemon; its containers go on), "stop",
// "start" (also after "off" and "cut"), "restart", "off" (all that runs there, at once, as if
// its power failed), "cut" (off the network, where nobody gets an answer) and "mend".
func (f Fleet) Control(t testing.TB, action string, node Node) {
	t.Helper()
	Control(t, f.Root, action, node.Name)
}

// Docker runs docker's command at the first node, a manager, and returns its output.
func (f Fleet) Docker(t testing.TB, words ...string) string {
	t.Helper()
	out, err := f.docker(f.Nodes[0], words...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Drain ends what the swarm runs on a node, and gives it nothing more.
func (f Fleet) Drain(t testing.TB, node Node) {
	t.Helper()
	f.repeat(t, "node", "update", "--availability", "drain", node.NodeID)
}

// Freeze stops a node's daemon, and returns what lets it go on; the end of the test does so too. It
// keeps its connections meanwhile, and takes new ones, but says nothing.
func (f Fleet) Freeze(t testing.TB, node Node) (thaw func()) {
	t.Helper()
	file := filepath.Join(filepath.Dir(node.Log), "dockerd.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.Fields(string(text))[0])
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGSTOP)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	thaw = func() { _ = syscall.Kill(pid, syscall.SIGCONT) }
	t.Cleanup(thaw)
	return thaw
}
