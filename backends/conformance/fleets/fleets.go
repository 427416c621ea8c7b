// Package fleets is the part of the conformance suite about nodes, which fleets have and single engines
// have not. It imports core only.
package fleets

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// Test is of a fleet with these nodes, or of one engine: what concerns nodes is a fleet's, and one engine
// refuses it, whatever the connection.
func Test(t *testing.T, f core.DockerClient, want []string) {
	nodes, err := f.Nodes(t.Context())
	waiting, waits := f.WaitingRuns(t.Context())
	source := filepath.Join(t.TempDir(), "source")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	none := core.SyncRequest{Source: source, Destination: "/srv/mlng-none", Node: "mlng-none"}
	_, elsewhere := f.Sync(t.Context(), none, nil)
	if want == nil {
		for what, err := range map[string]error{"nodes": err, "waiting runs": waits, "a sync to a node": elsewhere} {
			wantReason(t, what, err, "no_fleet")
		}
		return
	}
	wantReason(t, "a sync to a node that is none", elsewhere, "no_such_node")
	if err != nil || waits != nil || waiting == nil {
		t.Errorf("%v, %v, %v", err, waits, waiting)
	}
	var names []string
	for _, node := range nodes {
		var told struct{ Description struct{ Hostname string } }
		if json.Unmarshal(node.Raw, &told) != nil || node.Target == "" {
			t.Errorf("%s, at %q", node.Raw, node.Target)
		}
		names = append(names, told.Description.Hostname)
	}
	if !slices.Equal(names, want) {
		t.Errorf("%q, not %q", names, want)
	}
	client, held, err := f.(core.Reserver).Reserve(t.Context(), core.ReserveRequest{CPUs: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	if pong, err := client.Ping(t.Context()); err != nil || pong.OSType != "linux" || !slices.Contains(names, held.Node) {
		t.Errorf("%+v, %v, on %q", pong, err, held.Node)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

func wantReason(t *testing.T, what string, err error, reason string) {
	t.Helper()
	var known *core.Error
	if !errors.As(err, &known) || known.Kind != core.KindInvalidArgument || known.Details["reason"] != reason {
		t.Errorf("%s: %v; want the reason %s", what, err, reason)
	}
}
