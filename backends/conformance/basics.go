package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/fleets"
	"github.com/proboscis/ml_nexus_go/core"
)

var basics = []test{
	{"ping", testPing},
	{"info and version are the engine's documents", testDocuments},
	{"run keeps the streams apart", testRun},
	{"exec keeps the streams apart", testExec},
	{"stdin ends", testStdinEnds},
	{"exec with a tty", testExecTTY},
	{"nodes are a fleet's", func(t *testing.T, f *fixture) { fleets.Test(t, f.DockerClient, f.harness.Nodes) }},
}

func testPing(t *testing.T, f *fixture) {
	pong, err := f.Ping(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if pong.OSType != "linux" || pong.APIVersion == "" {
		t.Errorf("got %+v", pong)
	}
	if strings.HasPrefix(f.harness.API, "1.4") && pong.APIVersion != f.harness.API {
		t.Errorf("negotiated %s with an engine of %s", pong.APIVersion, f.harness.API)
	}
}

func testDocuments(t *testing.T, f *fixture) {
	info, err := f.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	version, err := f.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		ServerVersion, ApiVersion string
	}
	if json.Unmarshal(info, &fields) != nil || json.Unmarshal(version, &fields) != nil {
		t.Fatalf("not JSON: %s %s", info, version)
	}
	if fields.ServerVersion == "" || fields.ApiVersion != f.harness.API {
		t.Errorf("got %+v; want API %s", fields, f.harness.API)
	}
}

func testRun(t *testing.T, f *fixture) {
	o := f.run(t, nil, "sh", "-c", "echo out; echo err >&2; exit 7")
	o.want(t, 7, "out\n", "err\n")
	if len(o.ContainerID) != 64 || o.Seconds <= 0 || o.Detached {
		t.Errorf("got %+v", o.CommandResult)
	}
}

func testExec(t *testing.T, f *fixture) {
	name := f.shared(t)
	f.exec(t, name, "sh", "-c", "echo out; echo err >&2; exit 7").want(t, 7, "out\n", "err\n")
	f.exec(t, "/"+name, "true").want(t, 0, "", "")
}

func testStdinEnds(t *testing.T, f *fixture) {
	name := f.shared(t)
	text := strings.Repeat("line\n", 100_000)
	o := f.execRequest(t, core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"cat"}}, Options: []string{"-i"}}, strings.NewReader(text))
	if o.err != nil || o.stdout != text {
		t.Errorf("exec: got %d bytes, %v", len(o.stdout), o.err)
	}
	_, o = f.runNamed(t, core.RunRequest{Image: busybox, Command: core.Command{Argv: []string{"cat"}}, Options: []string{"-i"}}, strings.NewReader(text))
	if o.err != nil || o.stdout != text {
		t.Errorf("run: got %d bytes, %v", len(o.stdout), o.err)
	}
}

func testExecTTY(t *testing.T, f *fixture) {
	name := f.shared(t)
	o := f.execRequest(t, core.ExecRequest{Container: name, Options: []string{"-t"}, Command: core.Command{Argv: []string{"sh", "-c", "tty >&2; exit 4"}}}, nil)
	if o.err != nil || o.ExitCode != 4 || !strings.Contains(o.stdout, "/dev/pts/") || o.stderr != "" {
		t.Errorf("got %+v", o)
	}
}
