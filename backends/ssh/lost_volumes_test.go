package ssh

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// labelledVolumes returns the names of all volumes with a label.
func labelledVolumes(t *testing.T, e *engine.Engine, label string) []string {
	t.Helper()
	list, err := e.VolumeList(t.Context(), core.VolumeListRequest{Filters: map[string][]string{"label": {label}}})
	return namesIn(t, list, err)
}

// namesIn returns the names in an engine's list of volumes or networks.
func namesIn(t *testing.T, list []json.RawMessage, err error) (names []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range list {
		var one struct{ Name string }
		if err := json.Unmarshal(raw, &one); err != nil {
			t.Fatal(err)
		}
		names = append(names, one.Name)
	}
	return names
}

func removeVolumes(t *testing.T, e *engine.Engine, label string) {
	t.Cleanup(func() {
		_, err := e.VolumesPrune(context.Background(), core.VolumesPruneRequest{All: true, Filters: map[string][]string{"label": {label}}})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestVolumeIsCreatedOnce has no name that would keep a second volume away.
func TestVolumeIsCreatedOnce(t *testing.T) {
	bothSides(t, []string{"/volumes/create", "GET .*/volumes/"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		value := uuid.NewString()
		removeVolumes(t, e, "mlng-test="+value)
		raw, err := client.VolumeCreate(timeout(t), core.VolumeCreateRequest{Labels: map[string]string{"mlng-test": value}})
		lost.await(t, err)
		var made struct{ Name string }
		if err != nil || json.Unmarshal(raw, &made) != nil {
			t.Fatalf("got %s, %v", raw, err)
		}
		if names := labelledVolumes(t, e, "mlng-test="+value); !slices.Equal(names, []string{made.Name}) {
			t.Errorf("there are volumes %v, and the result is %s", names, made.Name)
		}
	})
}

// TestVolumeCallsLoseOneAnswer cuts calls that have one request, on a volume without a container.
func TestVolumeCallsLoseOneAnswer(t *testing.T) {
	tests := map[string]func(ctx context.Context, e *engine.Engine, name, label string) error{
		"GET .*/volumes/.": func(ctx context.Context, e *engine.Engine, name, _ string) error {
			_, err := e.VolumeInspect(ctx, core.VolumeRequest{Volume: name})
			return err
		},
		"GET .*/volumes[?]": func(ctx context.Context, e *engine.Engine, _, label string) error {
			list, err := e.VolumeList(ctx, core.VolumeListRequest{Filters: map[string][]string{"label": {label}}})
			if err == nil && len(list) != 1 {
				err = fmt.Errorf("got %s", list)
			}
			return err
		},
		"DELETE .*/volumes/": func(ctx context.Context, e *engine.Engine, name, _ string) error {
			return e.VolumeRemove(ctx, core.VolumeRemoveRequest{Volume: name})
		},
		"GET .*/system/df": func(ctx context.Context, e *engine.Engine, name, label string) error {
			pruned, err := e.VolumesPrune(ctx, core.VolumesPruneRequest{All: true, DryRun: true, Filters: map[string][]string{"label": {label}}})
			if err == nil && !slices.Equal(pruned.Volumes, []string{name}) {
				err = fmt.Errorf("got %+v", pruned)
			}
			return err
		},
		"POST .*/volumes/prune": func(ctx context.Context, e *engine.Engine, _, label string) error {
			_, err := e.VolumesPrune(ctx, core.VolumesPruneRequest{All: true, Filters: map[string][]string{"label": {label}}})
			return err
		},
	}
	var requests []string
	for request := range tests {
		requests = append(requests, request)
	}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, value := "mlng-"+uuid.NewString(), uuid.NewString()
		label := "mlng-test=" + value
		removeVolumes(t, e, label)
		if _, err := e.VolumeCreate(t.Context(), core.VolumeCreateRequest{Name: name, Labels: map[string]string{"mlng-test": value}}); err != nil {
			t.Fatal(err)
		}
		err := tests[request](timeout(t), client, name, label)
		lost.await(t, err)
		// A prune whose answer was lost is not sent twice: that is said.
		if request == "POST .*/volumes/prune" && (answered || err != nil) {
			if left := labelledVolumes(t, e, label); core.KindOf(err) != core.KindConnectionLost || answered == (len(left) > 0) {
				t.Errorf("got %v, and there are volumes %v", err, left)
			}
			return
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// TestCancelledVolumeIsRemoved loses the answer of a creation and is cancelled before the
// connection is back: nobody knows the volume, and it is removed all the same.
func TestCancelledVolumeIsRemoved(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	lost := &trap{request: regexp.MustCompile("/volumes/create"), answered: true, sprung: make(chan struct{})}
	lost.left.Store(1)
	lost.open.Store(1)
	lost.lose = func() {
		p.cut()
		cancel()
	}
	value := uuid.NewString()
	label := "mlng-test=" + value
	_, err := trappedEngine(t, lost, client.host.DialEngine).VolumeCreate(ctx, core.VolumeCreateRequest{Labels: map[string]string{"mlng-test": value}})
	lost.await(t, err)
	if core.KindOf(err) != core.KindCancelled || len(labelledVolumes(t, e, label)) != 1 {
		t.Errorf("got %v, and there are volumes %v", err, labelledVolumes(t, e, label))
	}
	p.mend()
	for until := time.Now().Add(longest); len(labelledVolumes(t, e, label)) > 0; {
		if time.Now().After(until) {
			t.Fatal("the volume is still there")
		}
	}
}
