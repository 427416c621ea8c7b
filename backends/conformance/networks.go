package conformance

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

var networkTests = []test{
	{"networks: create, list, remove", testNetworks},
	{"networks: connect and disconnect", testNetworkMembers},
	{"networks: prune", testNetworksPrune},
	{"networks: bad names, subnets and filters", testNetworkBadInput},
}

// network creates a network, which is removed with the test.
func (f *fixture) network(t *testing.T, labels map[string]string) (name, id string) {
	t.Helper()
	raw, err := f.NetworkCreate(t.Context(), core.NetworkCreateRequest{Name: "mlng-conf-" + uuid.NewString(), Labels: labels})
	made := parsed(t, raw, err)
	t.Cleanup(func() {
		err := f.NetworkRemove(context.Background(), core.NetworkRequest{Network: made.ID})
		if err != nil && core.KindOf(err) != core.KindNotFound {
			t.Errorf("%s stays behind: %v", made.Name, err)
		}
	})
	return made.Name, made.ID
}

func (f *fixture) networksWith(t *testing.T, filters map[string][]string) (ids []string) {
	t.Helper()
	list, err := f.NetworkList(t.Context(), core.NetworkListRequest{Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range list {
		ids = append(ids, parsed(t, raw, nil).ID)
	}
	return ids
}

func testNetworks(t *testing.T, f *fixture) {
	ctx := t.Context()
	name, id := f.network(t, map[string]string{"a": "b"})
	_, err := f.NetworkCreate(ctx, core.NetworkCreateRequest{Name: name})
	wantKind(t, err, core.KindConflict)
	for _, same := range []string{name, id, id[:12]} {
		raw, err := f.NetworkInspect(ctx, core.NetworkRequest{Network: same})
		if found := parsed(t, raw, err); found.ID != id || found.Labels["a"] != "b" {
			t.Errorf("got %s", raw)
		}
	}
	_, err = f.NetworkInspect(ctx, core.NetworkRequest{Network: id[:4]})
	wantKind(t, err, core.KindNotFound)
	if ids := f.networksWith(t, map[string][]string{"name": {name}, "label": {"a=b"}}); !slices.Equal(ids, []string{id}) {
		t.Errorf("got %v", ids)
	}
	if err := f.NetworkRemove(ctx, core.NetworkRequest{Network: name}); err != nil {
		t.Error(err)
	}
	wantKind(t, f.NetworkRemove(ctx, core.NetworkRequest{Network: name}), core.KindNotFound)
	wantKind(t, f.NetworkRemove(ctx, core.NetworkRequest{Network: "bridge"}), core.KindConflict)
}

func testNetworkMembers(t *testing.T, f *fixture) {
	ctx, box := t.Context(), f.sleeper(t)
	name, _ := f.network(t, nil)
	connect := core.NetworkConnectRequest{Network: name, Container: box, Aliases: []string{"web"}}
	if err := f.NetworkConnect(ctx, connect); err != nil {
		t.Fatal(err)
	}
	wantKind(t, f.NetworkConnect(ctx, connect), core.KindConflict)
	wantKind(t, f.NetworkRemove(ctx, core.NetworkRequest{Network: name}), core.KindConflict)
	disconnect := core.NetworkDisconnectRequest{Network: name, Container: box}
	if err := f.NetworkDisconnect(ctx, disconnect); err != nil {
		t.Fatal(err)
	}
	wantKind(t, f.NetworkDisconnect(ctx, disconnect), core.KindConflict)
	gone := f.name(t)
	wantKind(t, f.NetworkConnect(ctx, core.NetworkConnectRequest{Network: name, Container: gone}), core.KindContainerNotFound)
	wantKind(t, f.NetworkDisconnect(ctx, core.NetworkDisconnectRequest{Network: name, Container: gone}), core.KindContainerNotFound)
	wantKind(t, f.NetworkConnect(ctx, core.NetworkConnectRequest{Network: gone, Container: box}), core.KindNotFound)
}

func testNetworksPrune(t *testing.T, f *fixture) {
	value := uuid.NewString()
	name, _ := f.network(t, map[string]string{"mlng-conf": value})
	req := core.NetworksPruneRequest{Filters: map[string][]string{"label": {"mlng-conf=" + value}}}
	for _, req.DryRun = range []bool{true, false} {
		pruned, err := f.NetworksPrune(t.Context(), req)
		if err != nil || !slices.Equal(pruned.Networks, []string{name}) {
			t.Errorf("dry run %v: got %+v, %v", req.DryRun, pruned, err)
		}
	}
	if ids := f.networksWith(t, req.Filters); len(ids) > 0 {
		t.Errorf("got %v", ids)
	}
}

func testNetworkBadInput(t *testing.T, f *fixture) {
	ctx := t.Context()
	for _, name := range []string{"", "..", "../containers", "a/b", "a\x00"} {
		_, err := f.NetworkCreate(ctx, core.NetworkCreateRequest{Name: name})
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.NetworkInspect(ctx, core.NetworkRequest{Network: name})
		wantKind(t, err, core.KindInvalidArgument)
		wantKind(t, f.NetworkRemove(ctx, core.NetworkRequest{Network: name}), core.KindInvalidArgument)
	}
	for _, subnet := range []core.Subnet{{Subnet: "10.1"}, {Subnet: "fd00:7::/64"}, {Subnet: "10.1.0.0/16", Gateway: "10.2.0.1"}} {
		_, err := f.NetworkCreate(ctx, core.NetworkCreateRequest{Name: "mlng-conf-" + uuid.NewString(), Subnets: []core.Subnet{subnet}})
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err := f.NetworkList(ctx, core.NetworkListRequest{Filters: map[string][]string{"until": {"1h"}}})
	wantKind(t, err, core.KindInvalidArgument)
	_, err = f.NetworksPrune(ctx, core.NetworksPruneRequest{Filters: map[string][]string{"name": {"a"}}})
	wantKind(t, err, core.KindInvalidArgument)
}
