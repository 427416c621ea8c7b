package engine

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// The engine whose news of a lack of memory comes after the container's end: a real one
// cannot be made to be late, so its answers to inspect lose the mark.
func TestOOMToldLate(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"engine-old2", "engine-victim"} { // of many events of others, an engine keeps only the last
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			bed.Alone(t, part)
			on := bed.Load(t).Engine(t, part)
			e := openEngine(t, altered(t, on, func(_ string, answer []byte) []byte {
				return bytes.ReplaceAll(answer, []byte(`"OOMKilled":true`), []byte(`"OOMKilled":false`))
			}))
			for _, one := range []struct {
				command string
				oom     bool
			}{{"read; sleep 1; exec tail /dev/zero", true}, {"exit 137", false}} { // as conformance's "run out of memory"
				input, started := io.Pipe()
				result, err := e.Run(t.Context(), core.RunRequest{
					Image: "mlng-busybox", Command: core.Command{Argv: []string{"sh", "-c", one.command}},
					Options: []string{"-i", "--rm", "--memory", "16m", "--memory-swap", "16m", "--name", "mlng-test-" + uuid.NewString()},
				}, core.Streams{Stdin: input, Event: func(any) { _ = started.Close() }})
				if err != nil || result.ExitCode != 137 || result.OOMKilled != one.oom {
					t.Errorf("%s: got %+v, %v", one.command, result, err)
				}
			}
		})
	}
}
