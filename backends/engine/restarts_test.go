package engine

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/events"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestRestartIsKnownFromEvents asks engines that remember an event, that were restarted, and
// that have had too many events to know.
func TestRestartIsKnownFromEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ours, others int
		want         containerinfo.Restart
	}{
		"an engine that remembers":          {1, 0, containerinfo.NotRestarted},
		"an engine that was restarted":      {0, 255, containerinfo.Restarted},
		"an engine that may have forgotten": {0, 256, containerinfo.MaybeRestarted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := lyingEngine(t, func(w http.ResponseWriter, r *http.Request) {
				if path.Base(r.URL.Path) == "info" {
					_, _ = fmt.Fprint(w, `{"SystemTime":"2026-01-01T00:01:00Z"}`)
					return
				}
				count := c.others
				if strings.Contains(r.URL.Query().Get("filters"), "box") {
					count = c.ours
				}
				for range count {
					_, _ = fmt.Fprint(w, `{"Type":"container","Action":"die"}`)
				}
			})
			got, err := containerinfo.RestartedSince(t.Context(), e.session, "box", events.ActionDie, "2026-01-01T00:00:00Z")
			if err != nil || got != c.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestAProxyThatEndsStreamsIsNoRestart ends the streams of a run as an engine does that ends
// itself. This one goes on, so that the exit code is the command's, and nothing is missing. It is
// the test's own: an engine with many events in that time would not know that it was not restarted.
func TestAProxyThatEndsStreamsIsNoRestart(t *testing.T) {
	t.Parallel()
	bed.Alone(t, "engine-victim")
	e, way := onAheadWay(t, "engine-victim", "begun")
	guard.Go(func() { <-way.marked; way.loseBy(io.EOF) }, nil)
	name := "mlng-test-" + uuid.NewString()
	t.Cleanup(func() { removeNow(t, e, name) })
	var out bytes.Buffer
	result, err := e.Run(t.Context(), core.RunRequest{
		Image: "mlng-busybox", Shell: true, Options: []string{"--name", name},
		Command: core.Command{Text: `printf 'begu\156'; sleep 1; exit 137`},
	}, core.Streams{Stdout: &out, Event: func(event any) {
		if warning, is := event.(core.WarningEvent); is {
			t.Errorf("warned: %s", warning.Message)
		}
	}})
	if err != nil || result.ExitCode != 137 || out.String() != "begun" {
		t.Errorf("got %+v, %q, %v", result, out.String(), err)
	}
}
