package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func testDistribution(t *testing.T, f *fixture) {
	ctx := t.Context()
	registry := bed.Load(t).Registry(t, "registry-auth")
	name := f.at(t, registry.Address)
	pushed, err := f.ImagePush(ctx, core.PushRequest{Image: name, Login: login(registry)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := f.InspectDistribution(ctx, core.DistributionRequest{Image: name, Login: login(registry)})
	var found struct {
		Descriptor struct {
			MediaType, Digest string
			Size              int64
		}
	}
	if err != nil || json.Unmarshal(raw, &found) != nil || found.Descriptor.Digest != pushed.Digest || found.Descriptor.Size == 0 {
		t.Errorf("got %s, %v; want %s", raw, err, pushed.Digest)
	}
	byDigest, _, _ := strings.Cut(name, ":v1")
	if _, err := f.InspectDistribution(ctx, core.DistributionRequest{Image: byDigest + "@" + pushed.Digest, Login: login(registry)}); err != nil {
		t.Errorf("by its digest: %v", err)
	}
	wrong := core.RegistryLogin{Username: registry.Username, Password: "not-" + uuid.NewString()}
	for _, c := range []struct {
		req    core.DistributionRequest
		kind   core.Kind
		reason string
	}{
		{core.DistributionRequest{Image: name}, core.KindRegistryAuthError, "login"},
		{core.DistributionRequest{Image: name, Login: &wrong}, core.KindRegistryAuthError, "login"},
		{core.DistributionRequest{Image: byDigest + ":none", Login: login(registry)}, core.KindImageNotFound, "not_found"},
		{core.DistributionRequest{Image: "mlng-none.invalid/x"}, core.KindRegistryError, "unreachable"},
		{core.DistributionRequest{Image: "UPPER"}, core.KindInvalidArgument, ""},
		{core.DistributionRequest{Image: "x/../y"}, core.KindInvalidArgument, ""},
		{core.DistributionRequest{Image: "x", Login: &core.RegistryLogin{Username: "u"}}, core.KindInvalidArgument, ""},
	} {
		_, err := f.InspectDistribution(ctx, c.req)
		wantKind(t, err, c.kind)
		if reasonOf(err) != c.reason || err != nil && strings.Contains(err.Error(), wrong.Password) {
			t.Errorf("%s: got %q: %v", c.req.Image, reasonOf(err), err)
		}
	}
}

func testLogout(t *testing.T, f *fixture) {
	ctx := t.Context()
	registry := bed.Load(t).Registry(t, "registry-auth")
	client := f.harness.Open(t)
	defer func() { _ = client.Close() }()
	look := core.DistributionRequest{Image: registry.Address + "/mlng-conf/none"}
	if _, err := client.Login(ctx, core.LoginRequest{Registry: registry.Address, Login: *login(registry)}); err != nil {
		t.Fatal(err)
	}
	_, err := client.InspectDistribution(ctx, look)
	wantKind(t, err, core.KindImageNotFound)
	for _, had := range []bool{true, false} {
		done, err := client.Logout(ctx, core.LogoutRequest{Registry: "https://" + registry.Address})
		if err != nil || done.Removed != had || done.Registry != registry.Address {
			t.Errorf("got %+v, %v", done, err)
		}
	}
	_, err = client.InspectDistribution(ctx, look)
	wantKind(t, err, core.KindRegistryAuthError)
}
