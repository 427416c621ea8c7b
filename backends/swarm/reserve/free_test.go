package reserve

import (
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestWhatNobodyNeeds: a run's place is free when its container has ended, and a place that is held
// when its program has given it back or is gone.
func TestWhatNobodyNeeds(t *testing.T) {
	r := New(nil, core.OpenRequest{Session: "mine"})
	defer r.Close()
	r.hold("held")
	const running, exited = container.StateRunning, container.StateExited
	for name, c := range map[string]struct {
		id, session string
		labels      []string
		containers  []container.ContainerState
		all, want   bool
	}{
		"a run's container has ended":            {id: "a", session: "other", containers: []container.ContainerState{exited}, want: true},
		"it runs":                                {id: "a", session: "other", containers: []container.ContainerState{running}, all: true},
		"another program makes it":               {id: "a", session: "other", all: true},
		"this one has made none":                 {id: "a", session: "mine", all: true, want: true},
		"it is under way":                        {id: "held", session: "mine", all: true},
		"it was made, and is gone":               {id: "a", session: "other", labels: []string{labelMade}, all: true, want: true},
		"it may be on a node that is silent":     {id: "a", session: "other", labels: []string{labelMade}},
		"another program holds a place":          {id: "a", session: "other", labels: []string{labelPlace}, containers: []container.ContainerState{exited}, all: true},
		"this one holds it":                      {id: "held", session: "mine", labels: []string{labelPlace}, containers: []container.ContainerState{exited}, all: true},
		"this one has given it back":             {id: "a", session: "mine", labels: []string{labelPlace}, containers: []container.ContainerState{exited}, want: true},
		"a place was left to one that runs":      {id: "a", session: "other", labels: []string{labelPlace, labelMade}, containers: []container.ContainerState{exited, running}, all: true},
		"a place was left to one that has ended": {id: "a", session: "other", labels: []string{labelPlace, labelMade}, containers: []container.ContainerState{exited, exited}, want: true},
	} {
		labels := map[string]string{LabelReservation: c.id, engine.LabelSession: c.session}
		for _, label := range c.labels {
			labels[label] = "1"
		}
		seen := sight{states: map[string][]container.Summary{}, all: c.all}
		for _, state := range c.containers {
			seen.states[c.id] = append(seen.states[c.id], container.Summary{State: state})
		}
		if got := r.needless(labels, seen); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
