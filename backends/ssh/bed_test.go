package ssh

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// environ is this process's environment as Python would pass it, less the agent.
func environ(t testing.TB) core.Environ {
	t.Helper()
	return core.Environ{"PATH": os.Getenv("PATH"), "HOME": t.TempDir()}
}

// options connect to a part of the testbed by its alias.
func options(t testing.TB, part bed.SSHD, alias, path string) Options {
	t.Helper()
	return Options{
		Target:  core.Target{Scheme: core.SchemeSSH, Text: "ssh://" + alias + path, Host: alias, Path: path},
		Environ: environ(t),
		SSH:     core.SSHRequest{ConfigFile: part.SSHConfig},
	}
}

func connection(t testing.TB, opts Options) *Connection {
	t.Helper()
	c := New(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// direct are options without a config file: every setting is in the test.
func writeConfig(t testing.TB, text string) string {
	t.Helper()
	path := t.TempDir() + "/config"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func configFor(part bed.SSHD, alias string, more ...string) string {
	text := "Host " + alias + "\n HostName 127.0.0.1\n Port " + strconv.Itoa(part.Port) + "\n User root\n IdentityFile " + part.Key +
		"\n IdentitiesOnly yes\n UserKnownHostsFile " + part.KnownHosts + "\n GlobalKnownHostsFile /dev/null\n"
	for _, line := range more {
		text = "Host " + alias + "\n " + line + "\n" + text
	}
	return text
}

// pingEngine makes a request over one stream.
func pingEngine(t testing.TB, conn net.Conn) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://docker.invalid/_ping", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := request.Write(conn); err != nil {
		t.Fatalf("write: %v", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %s", response.Status)
	}
}

func timeout(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
