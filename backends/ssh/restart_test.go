package ssh

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

const root = "../.."

// restarted starts a run and restarts its engine under it.
func restarted(t *testing.T, part, action string, lines int) *counted {
	t.Helper()
	bed.Alone(t, part)
	state := bed.Load(t)
	on := state.Engine(t, part)
	client, _ := clientBehind(t, state, state.SSHD(t, "sshd").Port, on, nil)
	e := direct(t, on)
	c := startRun(t, client, runName(t, e), lines, "0.05")
	c.out.reach(t, 10)
	bed.Control(t, root, action, part)
	if action == "kill" {
		bed.Control(t, root, "start", part)
	}
	return c
}

func TestEngineRestartedWithLiveRestore(t *testing.T) {
	restarted(t, "engine-live", "restart", 400).whole()
}

func TestEngineRestarted(t *testing.T) {
	for _, action := range []string{"restart", "kill"} {
		t.Run(action, func(t *testing.T) {
			c := restarted(t, "engine-victim", action, 100000)
			c.wait()
			// An engine that ends in order ends its containers while it still answers:
			// then the exit code is all there is, as with docker's own command.
			if action == "restart" && c.failure == nil && c.result.ExitCode == 137 {
				return
			}
			checkError(t, c.failure, core.KindEngineError, "restarted", "live-restore")
			if detail(t, c.failure, "exit_code") == nil || detail(t, c.failure, "container_id") == nil {
				t.Errorf("details of %#v", c.failure)
			}
		})
	}
}
