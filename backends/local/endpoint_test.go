package local

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestResolve(t *testing.T) {
	docker := bed.Load(t).Binary(t, "docker-cli")
	dir := t.TempDir()
	for name, host := range map[string]string{"sock": "unix:///x.sock", "net": "tcp://10.0.0.1:2375", "far": "ssh://me@gpu7"} {
		makeContext(t, docker, dir, name, host)
	}
	current := t.TempDir()
	makeContext(t, docker, current, "mine", "unix:///mine.sock")
	write(t, filepath.Join(current, "config.json"), `{"currentContext": "mine"}`)

	type env = core.Environ
	for _, c := range []struct {
		name, target string
		environ      env
		want         string
	}{
		{"nothing set", "", env{}, "unix:///var/run/docker.sock"},
		{"DOCKER_HOST", "", env{"DOCKER_HOST": "unix:///h.sock"}, "unix:///h.sock"},
		{"DOCKER_HOST without scheme and port", "", env{"DOCKER_HOST": "gpu7"}, "tcp://gpu7:2375"},
		{"DOCKER_HOST by ssh", "", env{"DOCKER_HOST": "ssh://me@gpu7"}, "ssh://me@gpu7"},
		{"blank DOCKER_HOST", "local", env{"DOCKER_HOST": " "}, "unix:///var/run/docker.sock"},
		{"DOCKER_HOST before DOCKER_CONTEXT", "", env{"DOCKER_HOST": "unix:///h.sock", "DOCKER_CONTEXT": "net", "DOCKER_CONFIG": dir}, "unix:///h.sock"},
		{"DOCKER_CONTEXT", "", env{"DOCKER_CONTEXT": "net", "DOCKER_CONFIG": dir}, "tcp://10.0.0.1:2375"},
		{"DOCKER_CONTEXT by ssh", "", env{"DOCKER_CONTEXT": "far", "DOCKER_CONFIG": dir}, "ssh://me@gpu7"},
		{"DOCKER_CONTEXT before the current one", "", env{"DOCKER_CONTEXT": "default", "DOCKER_CONFIG": current}, "unix:///var/run/docker.sock"},
		{"current context", "localhost", env{"DOCKER_CONFIG": current}, "unix:///mine.sock"},
		{"context by target", "context://sock", env{"DOCKER_CONFIG": dir, "DOCKER_HOST": "unix:///h.sock"}, "unix:///x.sock"},
		{"default context by target", "context://default", env{"DOCKER_CONFIG": current, "DOCKER_HOST": "unix:///h.sock"}, "unix:///h.sock"},
		{"socket by target", "unix:///t.sock", env{"DOCKER_HOST": "unix:///h.sock"}, "unix:///t.sock"},
		{"tcp by target", "tcp://[::1]:99", env{"DOCKER_HOST": "unix:///h.sock"}, "tcp://[::1]:99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := resolved(t, c.target, c.environ)
			if err != nil || at.host != c.want {
				t.Errorf("got %q, %v", at.host, err)
			}
			if at.ssh != strings.HasPrefix(c.want, "ssh") {
				t.Errorf("ssh is %v", at.ssh)
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	docker := bed.Load(t).Binary(t, "docker-cli")
	dir := t.TempDir()
	makeContext(t, docker, dir, "one", "unix:///x.sock")
	broken := t.TempDir()
	write(t, filepath.Join(broken, "config.json"), `{"currentContext": `)
	type env = core.Environ
	for _, c := range []struct {
		name, target string
		environ      env
		kind         core.Kind
		says         string
	}{
		{"no such context", "context://two", env{"DOCKER_CONFIG": dir}, core.KindContextNotFound, "default, one"},
		{"no such context in the environment", "", env{"DOCKER_CONFIG": dir, "DOCKER_CONTEXT": "two"}, core.KindContextNotFound, "DOCKER_CONTEXT"},
		{"no home", "context://two", env{}, core.KindContextNotFound, "default"},
		{"broken settings", "", env{"DOCKER_CONFIG": broken}, core.KindInvalidArgument, "config.json"},
		{"bad scheme", "", env{"DOCKER_HOST": "ftp://x"}, core.KindInvalidArgument, "DOCKER_HOST"},
		{"named pipe", "", env{"DOCKER_HOST": "npipe:////./pipe/docker"}, core.KindInvalidArgument, "npipe"},
		{"a path", "", env{"DOCKER_HOST": "tcp://h:1/x"}, core.KindInvalidArgument, "path"},
		{"bad port", "", env{"DOCKER_HOST": "tcp://h:99999"}, core.KindInvalidArgument, "port"},
		{"long path", "unix:///" + strings.Repeat("x", 120), env{}, core.KindInvalidArgument, "longer"},
		{"no TLS files", "tcp://h:1", env{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": dir}, core.KindInvalidArgument, "ca.pem"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := resolved(t, c.target, c.environ)
			if core.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v %v", core.KindOf(err), err)
			}
		})
	}
}

func TestSSHEndpointWithoutBackend(t *testing.T) {
	target, _ := core.ParseTarget("")
	_, err := New(nil)(t.Context(), target, core.OpenRequest{Environ: core.Environ{"DOCKER_HOST": "ssh://gpu7"}})
	if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), "ssh://gpu7") {
		t.Errorf("got %v", err)
	}
}

func resolved(t *testing.T, text string, environ core.Environ) (endpoint, error) {
	t.Helper()
	target, err := core.ParseTarget(text)
	if err != nil {
		t.Fatal(err)
	}
	dir := dockerconfig.Dir(environ)
	config, err := dockerconfig.Load(dir)
	if err != nil {
		return endpoint{}, err
	}
	return resolve(target, core.OpenRequest{Environ: environ}, config, dir)
}

func makeContext(t *testing.T, docker, dir, name, host string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), docker, "context", "create", name, "--docker", "host="+host)
	cmd.Env = []string{"DOCKER_CONFIG=" + dir, "HOME=" + dir, "PATH=/usr/bin:/bin"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
