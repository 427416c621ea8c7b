package ssh

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestDialEngine(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	socket := state.Engine(t, "engine-new").Socket
	tests := []struct {
		name, part, alias, path string
	}{
		{"forwarding", "sshd", "mlng", socket},
		{"dial-stdio", "sshd-noforward", "mlng-noforward", socket},
		{"jump host", "sshd", "mlng-behind-jump", socket},
		{"certificates", "sshd-ca", "mlng-ca", socket},
		{"DOCKER_HOST there", "sshd-env", "mlng-env", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connection(t, options(t, state.SSHD(t, tt.part), tt.alias, tt.path))
			ctx := timeout(t)
			for range 3 {
				conn, err := c.DialEngine(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				pingEngine(t, conn)
			}
			status, _ := c.Status()
			if status.State != sshconn.StateUp || status.Epoch != 1 {
				t.Errorf("status is %+v, want one connection that is up", status)
			}
		})
	}
}

func TestDialEngineProblems(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	socket := state.Engine(t, "engine-new").Socket
	tests := []struct {
		name, part, alias, path string
		kind                    core.Kind
		says                    []string
	}{
		{"no permission", "sshd", "mlng-noperm", socket, core.KindPermissionDenied, []string{"docker group", socket, "mlngnoperm"}},
		{"no socket", "sshd", "mlng", "/run/nothing/here.sock", core.KindEngineUnreachable, []string{"/run/nothing/here.sock"}},
		{"no docker", "sshd", "mlng-noperm", "", core.KindEngineUnreachable, []string{"no engine", "/var/run/docker.sock"}},
		{"no way", "sshd-nodocker", "mlng-nodocker", socket, core.KindEngineUnreachable, []string{"AllowStreamLocalForwarding", "docker CLI"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connection(t, options(t, state.SSHD(t, tt.part), tt.alias, tt.path))
			_, err := c.DialEngine(timeout(t))
			checkError(t, err, tt.kind, tt.says...)
			checkBeforeLogin(t, err, false)
		})
	}
}

func TestHostFactsNameTheWayOfStreams(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	socket := state.Engine(t, "engine-new").Socket
	for name, want := range map[string]string{"sshd": "", "sshd-noforward": "docker -H 'unix://" + socket + "' system dial-stdio"} {
		part := state.SSHD(t, name)
		client := opener(t, part, part.Alias, socket)(t)
		t.Cleanup(func() { _ = client.Close() })
		if _, err := client.Ping(timeout(t)); err != nil {
			t.Fatal(err)
		}
		facts, err := client.HostFacts(timeout(t), core.HostFactsRequest{})
		if err != nil || facts.EngineCommand != want {
			t.Errorf("%s: streams go through %q, want %q (%v)", name, facts.EngineCommand, want, err)
		}
	}
}
