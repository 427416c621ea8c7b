package execs

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestSignalName(t *testing.T) {
	for text, want := range map[string]string{
		"TERM": "TERM", "SIGTERM": "TERM", "sigusr1": "USR1", "9": "9", "64": "64",
		"RTMIN": "RTMIN", "SIGRTMIN+3": "RTMIN+3", "RTMAX-1": "RTMAX-1",
	} {
		if got, err := SignalName(text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "SIG", " ", "0", "-9", "65", "NONSENSE", "TERM KILL", "$(reboot)", "TERM\n", "RTMIN+", "RTMIN-1"} {
		if got, err := SignalName(text); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
