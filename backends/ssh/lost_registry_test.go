package ssh

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestDistributionLosesOneAnswer asks a registry again after a lost connection.
func TestDistributionLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"GET .*/distribution/"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name := bed.Load(t).Registry(t, "registry").Address + "/mlng-lost/" + uuid.NewString() + ":v1"
		if err := e.ImageTag(t.Context(), core.ImageTagRequest{Source: "mlng-busybox", Destination: name}); err != nil {
			t.Fatal(err)
		}
		pushed, err := e.ImagePush(timeout(t), core.PushRequest{Image: name}, nil)
		if _, removed := e.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: name}); err != nil || removed != nil {
			t.Fatal(err, removed)
		}
		raw, err := client.InspectDistribution(timeout(t), core.DistributionRequest{Image: name})
		lost.await(t, err)
		var found struct{ Descriptor struct{ Digest string } }
		if err != nil || json.Unmarshal(raw, &found) != nil || found.Descriptor.Digest != pushed.Digest {
			t.Errorf("got %s, %v; want %s", raw, err, pushed.Digest)
		}
	})
}
