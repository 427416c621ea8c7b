package bed

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Promote makes all nodes managers, so that one of them may die.
func (f Fleet) Promote(t testing.TB) {
	t.Helper()
	for _, node := range f.Nodes[1:] {
		f.repeat(t, "node", "promote", node.NodeID)
	}
	for _, node := range f.Nodes {
		f.await(t, node.Name+" is a manager", func() (string, bool) {
			state := f.ask(node, "{{with .ManagerStatus}}{{.Reachability}}{{end}}")
			return state, state == "reachable"
		})
	}
	// The leader says so of one that is still about to join.
	for _, node := range f.Nodes {
		f.await(t, node.Name+" knows the fleet", func() (string, bool) { return f.try(node, "node", "ls") })
	}
}

// Await returns once a manager that runs calls the node "ready" or "down".
func (f Fleet) Await(t testing.TB, node Node, state string) {
	t.Helper()
	f.await(t, node.Name+" is "+state, func() (string, bool) {
		now := f.ask(node, "{{.Status.State}}")
		return now, now == state
	})
}

func (f Fleet) restore(t testing.TB) {
	for _, node := range f.Nodes {
		f.Control(t, "start", node)
	}
	for _, node := range f.Nodes {
		f.Await(t, node, "ready")
		f.repeat(t, "node", "update", "--availability", "active", node.NodeID)
	}
	for _, node := range f.Nodes[1:] {
		f.repeat(t, "node", "demote", node.NodeID)
	}
	for _, node := range f.Nodes[1:] {
		f.await(t, node.Name+" is a worker", func() (string, bool) { return f.works(node) })
	}
}

// works reports whether a node is no manager, by what a manager says and by the node's own certificate.
// It gets that a moment after the others no longer count it. If its daemon is killed in between, it
// joins them anew as it starts, and learns only then that it is a worker: it is counted, but gone,
// and of two managers one cannot decide anything ever again.
func (f Fleet) works(node Node) (string, bool) {
	if state := f.ask(node, "{{with .ManagerStatus}}{{.Reachability}}{{end}}"); state != "" {
		return "as manager " + state, false
	}
	manages, err := f.docker(node, "info", "--format", "{{.Swarm.ControlAvailable}}")
	if err != nil || strings.TrimSpace(manages) != "false" {
		return fmt.Sprintf("a manager, as it says itself: %s (%v)", manages, err), false
	}
	role, err := node.role()
	return fmt.Sprintf("%s, by its certificate (%v)", role, err), role == "swarm-worker"
}

// role returns what a node's certificate says it is.
func (n Node) role() (string, error) {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(n.Disk), "docker", "swarm", "certificates", "swarm-node.crt"))
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", fmt.Errorf("no certificate: %q", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", err
	}
	return strings.Join(cert.Subject.OrganizationalUnit, " "), nil
}

// repeat runs docker's command until it succeeds: managers that just came back choose a
// leader, and what they write about a node gets ahead of the command.
func (f Fleet) repeat(t testing.TB, words ...string) {
	t.Helper()
	f.await(t, "docker "+strings.Join(words, " "), func() (string, bool) { return f.try(f.Nodes[0], words...) })
}

// ask returns one field of a node, from the first manager that answers, or why none does.
func (f Fleet) ask(node Node, format string) string {
	said := "unknown:"
	for _, manager := range f.Nodes {
		out, err := f.docker(manager, "node", "inspect", "--format", format, node.NodeID)
		if err == nil {
			return strings.TrimSpace(out)
		}
		said += " " + manager.Name + ": " + err.Error()
	}
	return said
}

func (f Fleet) try(node Node, words ...string) (string, bool) {
	out, err := f.docker(node, words...)
	return fmt.Sprintf("%s (%v)", out, err), err == nil
}

// docker runs docker's command at a node, and gives up one that does not answer.
func (f Fleet) docker(node Node, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, f.Command, append([]string{"--host", node.Host}, words...)...)
	out, err := command.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("docker %v: %w", words, err)
	}
	return string(out), nil
}

// await asks until it is done. If that takes too long, it tells what was seen last, and what the daemons said.
func (f Fleet) await(t testing.TB, what string, ask func() (seen string, done bool)) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		seen, done := ask()
		if done {
			return
		}
		if time.Now().After(end) {
			for _, node := range f.Nodes {
				role, err := node.role()
				t.Logf("%s (%s, %v), the end of its log:\n%s", node.Name, role, err, tail(node.Log))
			}
			t.Fatalf("%s: not so within five minutes: %s; seen last: %s", f.Name, what, seen)
		}
	}
}

// tail returns the last lines of a log.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}
