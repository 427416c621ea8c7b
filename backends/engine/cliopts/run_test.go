package cliopts

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestRunIsWhatTheOptionsSay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "id")
	run, err := ParseRun(input("--rm -it --name n", "-e", "A=b c", "--gpus", "all", "--pull=always", "-q", "--cidfile", file, "--detach-keys=ctrl-x"), "image", []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if run.Name != "n" || run.Detach || !run.Interactive || run.CIDFile != file || run.DetachKeys != "ctrl-x" || run.Pull != (Pull{PullAlways, "", true}) {
		t.Errorf("%+v", run)
	}
	if c := run.Config; c.Image != "image" || !slices.Equal(c.Cmd, []string{"a", "b"}) || !c.Tty || !c.OpenStdin || !c.StdinOnce || !slices.Equal(c.Env, []string{"A=b c"}) {
		t.Errorf("%+v", c)
	}
	if h := run.Host; !h.AutoRemove || h.ContainerIDFile != file || len(h.DeviceRequests) != 1 {
		t.Errorf("%+v", h)
	}
	if !slices.Equal(run.Needs, []Need{{"gpus", "1.40"}}) {
		t.Errorf("%v", run.Needs)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("parsing made the file of --cidfile: %v", err)
	}
}

func TestInteractive(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "-i": true, "-iu root": true, "-u root -ti": true, "-e 'ARGS=-a -i b'": false, "--interactive=false": false, "--interactive=1": true,
		"-id": false, "-d --interactive": false, "-i -d=false": true, "-u -i": false, "-ui": false, "-a stdin": false,
	} {
		run, err := ParseRun(input(text), "image", nil)
		if err != nil || run.Interactive != want {
			t.Errorf("run %q: %+v, %v", text, run, err)
		}
		if strings.HasPrefix(text, "-a") {
			continue
		}
		exec, err := ParseExec(input(text))
		if err != nil || exec.Options.AttachStdin != want {
			t.Errorf("exec %q: %+v, %v", text, exec, err)
		}
	}
}

// What docker's command reads from this process's environment does not count.
func TestOnlyTheCallersEnvironmentCounts(t *testing.T) {
	t.Setenv("DOCKER_DEFAULT_PLATFORM", "linux/riscv64")
	t.Setenv("SECRET", "of the process")
	onlyOne(t)
	in := input("-e", "SECRET", "-e", "MINE", "-e", "A=1")
	in.Environ = core.Environ{"MINE": "2"}
	run, err := ParseRun(in, "image", nil)
	if err != nil || run.Platform != nil || !slices.Equal(slices.Sorted(slices.Values(run.Config.Env)), []string{"A=1", "MINE=2", "SECRET"}) {
		t.Errorf("%+v, %v, %v", run.Config, run.Platform, err)
	}
	in.Environ["DOCKER_DEFAULT_PLATFORM"] = "linux/arm64"
	if run, err = ParseRun(in, "image", nil); err != nil || run.Platform == nil || run.Platform.Architecture != "arm64" {
		t.Errorf("%+v, %v", run, err)
	}
	in.Environ["DOCKER_CONTENT_TRUST"] = "1"
	if _, err = ParseRun(in, "image", nil); core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), "content trust") {
		t.Error(err)
	}
}

func TestProxiesAreThoseOfTheConfigFile(t *testing.T) {
	in := input("-e", "NO_PROXY=mine")
	in.DaemonHost = "unix:///one"
	in.Config.Proxies = map[string]configfile.ProxyConfig{"unix:///one": {HTTPProxy: "http://one", NoProxy: "two"}, "default": {HTTPProxy: "http://other"}}
	run, err := ParseRun(in, "image", nil)
	if err != nil || !slices.Contains(run.Config.Env, "HTTP_PROXY=http://one") || !slices.Contains(run.Config.Env, "NO_PROXY=mine") {
		t.Errorf("%+v, %v", run, err)
	}
}

func TestUseAPISocketBringsTheLogins(t *testing.T) {
	in := input("--use-api-socket")
	in.Config.AuthConfigs = map[string]types.AuthConfig{"registry:5000": {Username: "me", Password: "secret"}}
	run, err := ParseRun(in, "image", nil)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(bytes.NewReader(run.Files))
	header, err := archive.Next()
	if err != nil || header.Name != "/run/secrets/docker/config.json" {
		t.Fatalf("%v, %v", header, err)
	}
	text, _ := io.ReadAll(archive)
	var config struct{ Auths map[string]any }
	if err := json.Unmarshal(text, &config); err != nil || config.Auths["registry:5000"] == nil {
		t.Errorf("%s: %v", text, err)
	}
	if len(run.Host.Mounts) != 1 || !slices.Contains(run.Config.Env, "DOCKER_CONFIG=/run/secrets/docker") {
		t.Errorf("%+v", run.Host.Mounts)
	}
	if again, err := ParseRun(input("--use-api-socket"), "image", nil); err != nil || again.Files != nil {
		t.Errorf("the next run got them, too: %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	for text, says := range map[string]string{
		"--nosuch": "unknown flag: --nosuch", "stray": `"stray" in the options belongs to no option`, "--help": "--help is not an option here",
		"--pull=often": `--pull is "often"`, "-d -a stdout": "cannot specify both --attach and --detach", "--rm --restart=always": "cannot specify both --restart and --rm",
		"--memory 5x": "invalid argument \"5x\"", "-v 'a": "cannot be split", "--platform no/such/platform/at/all": "platform", "--attach nowhere": "valid streams are STDIN",
		"-e A=secret1 --memory secret1": "***",
	} {
		_, err := ParseRun(input(text), "image", nil)
		if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret1") || strings.Contains(err.Error(), "Run 'docker") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
