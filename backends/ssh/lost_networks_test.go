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

// labelledNetworks returns the names of all networks with a label.
func labelledNetworks(t *testing.T, e *engine.Engine, label string) []string {
	t.Helper()
	list, err := e.NetworkList(t.Context(), core.NetworkListRequest{Filters: map[string][]string{"label": {label}}})
	return namesIn(t, list, err)
}

// removeNetworks removes the networks with a label at the test's end; no container is in them by then.
func removeNetworks(t *testing.T, e *engine.Engine, label string) {
	t.Cleanup(func() {
		ctx := context.Background()
		if _, err := e.NetworksPrune(ctx, core.NetworksPruneRequest{Filters: map[string][]string{"label": {label}}}); err != nil {
			t.Error(err)
		}
	})
}

// TestNetworkIsCreatedOnce cuts a creation at each of its requests.
func TestNetworkIsCreatedOnce(t *testing.T) {
	bothSides(t, []string{"/networks/create", "GET .*/networks/"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, value := "mlng-"+uuid.NewString(), uuid.NewString()
		label := "mlng-test=" + value
		removeNetworks(t, e, label)
		raw, err := client.NetworkCreate(timeout(t), core.NetworkCreateRequest{Name: name, Labels: map[string]string{"mlng-test": value}})
		lost.await(t, err)
		var made struct{ Name string }
		if err != nil || json.Unmarshal(raw, &made) != nil || made.Name != name {
			t.Fatalf("got %s, %v", raw, err)
		}
		if names := labelledNetworks(t, e, label); !slices.Equal(names, []string{name}) {
			t.Errorf("there are networks %v", names)
		}
	})
}

// TestNetworkOfAnotherIsNotTakenForOurs loses the answer that the name is in use.
func TestNetworkOfAnotherIsNotTakenForOurs(t *testing.T) {
	bothSides(t, []string{"/networks/create"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, value := "mlng-"+uuid.NewString(), uuid.NewString()
		req := core.NetworkCreateRequest{Name: name, Labels: map[string]string{"mlng-test": value}}
		removeNetworks(t, e, "mlng-test="+value)
		if _, err := e.NetworkCreate(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		_, err := client.NetworkCreate(timeout(t), req)
		lost.await(t, err)
		if core.KindOf(err) != core.KindConflict {
			t.Errorf("got %v", err)
		}
		if names := labelledNetworks(t, e, "mlng-test="+value); !slices.Equal(names, []string{name}) {
			t.Errorf("there are networks %v", names)
		}
	})
}

// TestCancelledNetworkIsRemoved loses the answer of a creation and is cancelled before the
// connection is back.
func TestCancelledNetworkIsRemoved(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	lost := &trap{request: regexp.MustCompile("/networks/create"), answered: true, sprung: make(chan struct{})}
	lost.left.Store(1)
	lost.open.Store(1)
	lost.lose = func() {
		p.cut()
		cancel()
	}
	value := uuid.NewString()
	label := "mlng-test=" + value
	req := core.NetworkCreateRequest{Name: "mlng-" + value, Labels: map[string]string{"mlng-test": value}}
	_, err := trappedEngine(t, lost, client.host.DialEngine).NetworkCreate(ctx, req)
	lost.await(t, err)
	if core.KindOf(err) != core.KindCancelled || len(labelledNetworks(t, e, label)) != 1 {
		t.Errorf("got %v, and there are networks %v", err, labelledNetworks(t, e, label))
	}
	p.mend()
	for until := time.Now().Add(longest); len(labelledNetworks(t, e, label)) > 0; {
		if time.Now().After(until) {
			t.Fatal("the network is still there")
		}
	}
}

// TestNetworkCallsLoseOneAnswer cuts calls on a network that a container is in, or is not.
func TestNetworkCallsLoseOneAnswer(t *testing.T) {
	tests := map[string]func(ctx context.Context, client, e *engine.Engine, name, box string) error{
		"GET .*/networks/.": func(ctx context.Context, client, _ *engine.Engine, name, _ string) error {
			_, err := client.NetworkInspect(ctx, core.NetworkRequest{Network: name})
			return err
		},
		"GET .*/networks[?]": func(ctx context.Context, client, _ *engine.Engine, name, _ string) error {
			list, err := client.NetworkList(ctx, core.NetworkListRequest{Filters: map[string][]string{"name": {name}}})
			if err == nil && len(list) != 1 {
				err = fmt.Errorf("got %s", list)
			}
			return err
		},
		"DELETE .*/networks/": func(ctx context.Context, client, _ *engine.Engine, name, _ string) error {
			return client.NetworkRemove(ctx, core.NetworkRequest{Network: name})
		},
		"POST .*/networks/.*/connect": func(ctx context.Context, client, e *engine.Engine, name, box string) error {
			if err := client.NetworkConnect(ctx, core.NetworkConnectRequest{Network: name, Container: box}); err != nil {
				return err
			}
			return e.NetworkDisconnect(ctx, core.NetworkDisconnectRequest{Network: name, Container: box})
		},
		"POST .*/networks/.*/disconnect": func(ctx context.Context, client, e *engine.Engine, name, box string) error {
			if err := e.NetworkConnect(ctx, core.NetworkConnectRequest{Network: name, Container: box}); err != nil {
				return err
			}
			return client.NetworkDisconnect(ctx, core.NetworkDisconnectRequest{Network: name, Container: box})
		},
		"POST .*/networks/prune": func(ctx context.Context, client, _ *engine.Engine, name, _ string) error {
			_, err := client.NetworksPrune(ctx, core.NetworksPruneRequest{Filters: map[string][]string{"label": {"mlng-test=" + name}}})
			return err
		},
	}
	var requests []string
	for request := range tests {
		requests = append(requests, request)
	}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		box, name := box(t, e), "mlng-"+uuid.NewString()
		removeNetworks(t, e, "mlng-test="+name)
		if _, err := e.NetworkCreate(t.Context(), core.NetworkCreateRequest{Name: name, Labels: map[string]string{"mlng-test": name}}); err != nil {
			t.Fatal(err)
		}
		err := tests[request](timeout(t), client, e, name, box)
		lost.await(t, err)
		// A prune whose answer was lost is not sent twice: that is said.
		if request == "POST .*/networks/prune" && (answered || err != nil) {
			if core.KindOf(err) != core.KindConnectionLost {
				t.Errorf("got %v", err)
			}
			return
		}
		if err != nil {
			t.Error(err)
		}
	})
}
