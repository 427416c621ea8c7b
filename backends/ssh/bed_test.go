package ssh

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// environ is this process's environment as Python would pass it, less the agent.
func environ(t testing.TB) core.Environ {
	t.Helper()
	return core.Environ{"PATH": os.Getenv("PATH"), "HOME": t.TempDir()}
}

// options connect to a part of the testbed by its alias.
func options(t testing.TB, part bed.SSHD, alias, path string) sshconn.Options {
	t.Helper()
	return sshconn.Options{
		Target:  core.Target{Scheme: core.SchemeSSH, Text: "ssh://" + alias + path, Host: alias, Path: path},
		Environ: environ(t),
		SSH:     patientWith(part.SSHConfig),
		// sshd drops some of those who log in at once, and a login takes a busy machine long.
		ConnectTimeout: longest, ReconnectTimeout: longest,
	}
}

// patientWith has no connection count as dead because the machine has so much to do.
func patientWith(config string) core.SSHRequest {
	return core.SSHRequest{ConfigFile: config, DeadPeerSeconds: longest.Seconds()}
}

// patient is what to open a client with that waits for a busy machine.
func patient(target, config string) core.OpenRequest {
	return core.OpenRequest{
		Target: target, Session: uuid.NewString(), SSH: patientWith(config),
		ConnectTimeoutSeconds: longest.Seconds(), ReconnectTimeoutSeconds: longest.Seconds(),
	}
}

func connection(t testing.TB, opts sshconn.Options) *Host {
	t.Helper()
	c := New(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func writeConfig(t testing.TB, text string) string {
	t.Helper()
	path := t.TempDir() + "/config"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// configFor writes a config for a part; more wins over what the part needs.
func configFor(part bed.SSHD, alias string, more ...string) string {
	lines := append([]string{"Host " + alias}, more...)
	if !slices.ContainsFunc(more, func(line string) bool { return strings.HasPrefix(line, "IdentityFile ") }) {
		lines = append(lines, "IdentityFile "+part.Key)
	}
	lines = append(lines, "HostName 127.0.0.1", "Port "+strconv.Itoa(part.Port), "User root", "IdentitiesOnly yes",
		"UserKnownHostsFile "+part.KnownHosts, "GlobalKnownHostsFile /dev/null")
	return strings.Join(lines, "\n  ") + "\n"
}

// pingEngine makes a request over one stream.
func pingEngine(t testing.TB, conn net.Conn) {
	t.Helper()
	if err := askEngine(conn); err != nil {
		t.Fatal(err)
	}
}

func askEngine(conn net.Conn) error {
	request, err := http.NewRequest(http.MethodGet, "http://docker.invalid/_ping", nil)
	if err != nil {
		return err
	}
	if err := request.Write(conn); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}

// timeout ends what hangs.
func timeout(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	t.Cleanup(cancel)
	return ctx
}

func dialUnix(path string) func(ctx context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "unix", path) }
}
