package bed

import "testing"

// Engine is a private engine.
type Engine struct {
	Name       string `json:"-"`          // engine-old, engine-old2, engine-new, engine-live, engine-victim
	Host       string `json:"host"`       // as DOCKER_HOST takes it: unix:///...
	Socket     string `json:"socket"`     // the same socket's path
	Containerd string `json:"containerd"` // path of its containerd's socket
	Version    string `json:"version"`    // "20.10.24+dfsg1"
	API        string `json:"api"`        // the newest API version it speaks: "1.41"
	PID        int    `json:"pid"`        // of dockerd, at the time of the last start
	Log        string `json:"log"`        // path of dockerd's log
	TCP        TCP    `json:"tcp"`
}

// TCP is an engine's listener that requires a client certificate.
type TCP struct {
	Host     string `json:"host"`      // tcp://127.0.0.1:PORT
	CertPath string `json:"cert_path"` // folder with ca.pem, cert.pem, key.pem, as DOCKER_CERT_PATH takes it
}

// Engine returns one engine by name.
func (s State) Engine(t testing.TB, name string) Engine {
	t.Helper()
	engine := part[Engine](t, s, name, "engine")
	engine.Name = name
	return engine
}

// Engines returns the old and the current engine; a test that must hold for every engine
// runs a subtest for each.
func Engines(t testing.TB) []Engine {
	t.Helper()
	state := Load(t)
	return []Engine{state.Engine(t, "engine-old"), state.Engine(t, "engine-new")}
}
