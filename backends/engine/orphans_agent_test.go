package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestImagesMadeOfTheAgentsAreNotOurs: they have its label.
func TestImagesMadeOfTheAgentsAreNotOurs(t *testing.T) {
	onOwnEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		ref, _, err := e.agents.Prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id, err := e.agents.FileContainer(t.Context(), []string{"serve"}, agent.BindReadOnly(t.TempDir(), agent.Folder))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { removeNow(t, e, id) })
		named := commit(t, e, id)
		unnamed, err := e.api.ContainerCommit(t.Context(), id, container.CommitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = e.api.ImageRemove(context.Background(), unnamed.ID, image.RemoveOptions{}) })
		agents, err := e.api.ImageInspect(t.Context(), ref)
		if err != nil || !agent.IsImported(agents) {
			t.Errorf("the agent's own image is not known: %+v, %v", agents, err)
		}
		removeNow(t, e, id)
		if err := e.agents.RemoveImages(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, image := range []string{named, unnamed.ID} {
			if info, err := e.api.ImageInspect(t.Context(), image); err != nil || info.Config.Labels[agent.Label] != "1" {
				t.Errorf("%s: %v", image, err)
			}
		}
	})
}

// TestReapEndsAgents: they have labels of their image, and are ended by the same proof.
func TestReapEndsAgents(t *testing.T) {
	onOwnEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		client := openEngine(t, on)
		alive, err := client.agents.FileContainer(t.Context(), []string{"serve"}, agent.BindReadOnly(t.TempDir(), agent.Folder))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { removeNow(t, e, alive) })
		ref, _, err := client.agents.Prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left, err := e.api.ContainerCreate(t.Context(), &container.Config{Image: ref, Cmd: []string{agent.Program}, Labels: labelsOfKilled(e, true, true)}, nil, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { removeNow(t, e, left.ID) })
		reaped, err := e.Reap(t.Context(), core.ReapRequest{})
		ids := ""
		for _, o := range reaped {
			ids += o.ContainerID + " "
		}
		if err != nil || !strings.Contains(ids, left.ID) || strings.Contains(ids, alive) {
			t.Errorf("left %s, alive %s, reaped %s, %v", left.ID, alive, ids, err)
		}
		if _, err := e.api.ContainerInspect(t.Context(), alive); err != nil {
			t.Error(err)
		}
	})
}
