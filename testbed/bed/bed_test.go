package bed

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEngines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	text := `{"parts": {
	  "engine-old": {"kind": "engine", "host": "unix:///run/x/docker.sock", "socket": "/run/x/docker.sock",
	    "version": "20.10.24", "api": "1.41", "pid": 7, "tcp": {"host": "tcp://127.0.0.1:1", "cert_path": "/c"}},
	  "engine-new": {"kind": "engine", "api": "1.52"},
	  "docker-cli": {"kind": "binary", "path": "/bin/docker"}}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MLNG_TESTBED", path)

	engines := Engines(t)
	want := Engine{
		Name: "engine-old", Host: "unix:///run/x/docker.sock", Socket: "/run/x/docker.sock",
		Version: "20.10.24", API: "1.41", PID: 7, TCP: TCP{Host: "tcp://127.0.0.1:1", CertPath: "/c"},
	}
	if len(engines) != 2 || engines[0] != want || engines[1].API != "1.52" {
		t.Errorf("Engines() = %+v", engines)
	}
	if got := Load(t).Binary(t, "docker-cli"); got != "/bin/docker" {
		t.Errorf("Binary() = %q", got)
	}
}

func TestOtherParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	text := `{"parts": {
	  "sshd": {"kind": "sshd", "host": "127.0.0.1", "port": 22, "keys": {"rsa": "/k"}, "host_keys": ["/h"]},
	  "registry-auth": {"kind": "registry", "address": "198.18.1.1:5443", "username": "u"},
	  "fleet-old": {"kind": "fleet", "version": "20.10.24", "nodes": [{"name": "fleet-old-1", "node_id": "n1",
	    "kind": "engine", "socket": "/run/x/docker.sock", "gpus": ["GPU-1", "GPU-2"], "ssh": {"port": 22}}]},
	  "toxiproxy": {"kind": "toxiproxy", "api": "http://127.0.0.1:1"}}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MLNG_TESTBED", path)
	state := Load(t)

	if got := state.SSHD(t, "sshd"); got.Name != "sshd" || got.Port != 22 || got.Keys["rsa"] != "/k" || len(got.HostKeys) != 1 {
		t.Errorf("SSHD() = %+v", got)
	}
	if got := state.Registry(t, "registry-auth"); got.Address != "198.18.1.1:5443" || got.Username != "u" {
		t.Errorf("Registry() = %+v", got)
	}
	fleet := state.Fleet(t, "fleet-old")
	if node := fleet.Nodes[0]; fleet.Version != "20.10.24" || node.Name != "fleet-old-1" || node.Engine.Name != node.Name ||
		node.Socket != "/run/x/docker.sock" || node.NodeID != "n1" || len(node.GPUs) != 2 || node.SSH.Port != 22 {
		t.Errorf("Fleet() = %+v", fleet)
	}
	if got := state.Toxiproxy(t); got != "http://127.0.0.1:1" {
		t.Errorf("Toxiproxy() = %q", got)
	}
}
