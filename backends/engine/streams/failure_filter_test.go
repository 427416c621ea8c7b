package streams

import (
	"bytes"
	"errors"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestExecThatContainerdDidNotStart is no command that ended with 126, as the engine says.
func TestExecThatContainerdDidNotStart(t *testing.T) {
	for _, said := range []string{
		`connection error: desc = "transport: Error while dialing dial unix /c.sock: connect: connection refused": unavailable`,
		`Unavailable: connection error: desc = "transport: Error while dialing: dial unix /c.sock: connect: no such file or directory"`,
	} {
		var stderr bytes.Buffer
		_, err := ExecFailure(said, 126, &stderr)
		var known *core.Error
		if !errors.As(err, &known) || known.Kind != core.KindEngineError || known.Details["reason"] != session.ContainerdAway || stderr.Len() > 0 {
			t.Errorf("%s: got %v, and on stderr %q", said, err, stderr.String())
		}
	}
}

func TestFailureFilter(t *testing.T) {
	for _, c := range []struct {
		name   string
		chunks []string
		passed string
		held   string
	}{
		{"other output passes", []string{"hello", " world"}, "hello world", ""},
		{"a message is held", []string{"OCI run", "time exec failed: no\r\n"}, "", "OCI runtime exec failed: no\r\n"},
		{"a beginning is held until it differs", []string{"OCI ", "is a group"}, "OCI is a group", ""},
		{"a lack of containerd is held", []string{"Unavailable: connection error: desc = no\n"}, "", "Unavailable: connection error: desc = no\n"},
		{"nothing", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			f := FailureFilter{to: &out}
			for _, chunk := range c.chunks {
				if n, err := f.Write([]byte(chunk)); n != len(chunk) || err != nil {
					t.Fatal(n, err)
				}
			}
			if out.String() != c.passed || string(f.held) != c.held {
				t.Errorf("passed %q, held %q", out.String(), f.held)
			}
		})
	}
}
