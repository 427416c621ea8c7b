package conformance

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

var registryTests = []test{
	{"registry: push and pull", testPushAndPull},
	{"registry: logins", testLogins},
	{"registry: a run pulls", testRunPulls},
	{"registry: all tags", testAllTags},
	{"registry: nothing there", testNotInRegistry},
	{"registry: bad arguments", testRegistryArguments},
	{"registry: what answers is none", testNoRegistry},
	{"registry: cancel", testRegistryCancel},
	{"registry: what it has", testDistribution},
	{"registry: logout", testLogout},
}

// at gives busybox a name at a registry until the test's end.
func (f *fixture) at(t *testing.T, registry string) string {
	t.Helper()
	name := registry + "/mlng-conf/" + uuid.NewString() + ":v1"
	f.tag(t, name)
	return name
}

func (f *fixture) tag(t *testing.T, name string) {
	t.Helper()
	t.Cleanup(func() { f.untag(t, name) })
	if err := f.ImageTag(t.Context(), core.ImageTagRequest{Source: busybox, Destination: name}); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) untag(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := f.ImageRemove(ctx, core.ImageRemoveRequest{Image: name, Force: true})
	if err != nil && core.KindOf(err) != core.KindImageNotFound && core.KindOf(err) != core.KindClientClosed {
		t.Errorf("%s stays behind: %v", name, err)
	}
}

func login(r bed.Registry) *core.RegistryLogin {
	return &core.RegistryLogin{Username: r.Username, Password: r.Password}
}

// events collects the events of a transfer.
type events struct{ layers, statuses []string }

func (e *events) take(event any) {
	switch event := event.(type) {
	case core.LayerEvent:
		e.layers = append(e.layers, event.Status)
	case core.StatusEvent:
		e.statuses = append(e.statuses, event.Message)
	}
}

func testPushAndPull(t *testing.T, f *fixture) {
	registry := bed.Load(t).Registry(t, "registry-auth")
	name, _ := f.fresh(t, registry.Address+"/mlng-conf/"+uuid.NewString()+":v1", 100_000)
	var seen events
	pushed, err := f.ImagePush(t.Context(), core.PushRequest{Image: name, Login: login(registry), Progress: true}, seen.take)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(pushed.Digest, "sha256:") || pushed.Digests["v1"] != pushed.Digest || pushed.Image != name {
		t.Errorf("got %+v", pushed)
	}
	if len(seen.layers) == 0 || len(seen.statuses) == 0 {
		t.Errorf("events: %+v", seen)
	}
	f.untag(t, name)
	seen = events{}
	pulled, err := f.ImagePull(t.Context(), core.PullRequest{Image: name, Login: login(registry), Progress: true}, seen.take)
	if err != nil || pulled.Digest != pushed.Digest || pulled.UpToDate || pulled.ID == "" || len(seen.statuses) == 0 {
		t.Errorf("got %+v, %v, %+v", pulled, err, seen)
	}
	repository, _, _ := strings.Cut(name, ":v1")
	byDigest, err := f.ImagePull(t.Context(), core.PullRequest{Image: repository + "@" + pushed.Digest, Login: login(registry)}, nil)
	if err != nil || byDigest.Digest != pushed.Digest || byDigest.ID != pulled.ID {
		t.Errorf("by digest: %+v, %v", byDigest, err)
	}
	f.untag(t, repository+"@"+pushed.Digest)
	f.tag(t, name)
	again, err := f.ImagePull(t.Context(), core.PullRequest{Image: name, Login: login(registry)}, nil)
	if err != nil || again.Digest != pushed.Digest {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func testLogins(t *testing.T, f *fixture) {
	registry := bed.Load(t).Registry(t, "registry-auth")
	name := f.at(t, registry.Address)
	wrong := core.RegistryLogin{Username: registry.Username, Password: "not-" + uuid.NewString()}
	refused := func(what string, err error) {
		t.Helper()
		if core.KindOf(err) != core.KindRegistryAuthError || strings.Contains(err.Error(), wrong.Password) {
			t.Errorf("%s: got %s: %v", what, core.KindOf(err), err)
		}
	}
	client := f.harness.Open(t)
	defer func() { _ = client.Close() }()
	ctx := t.Context()
	_, err := client.ImagePush(ctx, core.PushRequest{Image: name}, nil)
	refused("push without a login", err)
	_, err = client.ImagePush(ctx, core.PushRequest{Image: name, Login: &wrong}, nil)
	refused("push with a wrong one", err)
	_, err = client.Login(ctx, core.LoginRequest{Registry: registry.Address, Login: wrong})
	refused("login with a wrong one", err)
	_, err = client.ImagePull(ctx, core.PullRequest{Image: name}, nil)
	refused("pull without a login", err)
	_, err = client.ImagePull(ctx, core.PullRequest{Image: name, Login: &wrong}, nil)
	refused("pull with a wrong one", err)

	done, err := client.Login(ctx, core.LoginRequest{Registry: "https://" + registry.Address + "/v2/", Login: *login(registry)})
	if err != nil || done.Registry != registry.Address {
		t.Fatalf("got %+v, %v", done, err)
	}
	if _, err = client.ImagePush(ctx, core.PushRequest{Image: name}, nil); err != nil {
		t.Errorf("push after the login: %v", err)
	}
	_, err = f.ImagePull(ctx, core.PullRequest{Image: name}, nil)
	refused("another client", err)
}

func testRunPulls(t *testing.T, f *fixture) {
	name := f.at(t, bed.Load(t).Registry(t, "registry").Address)
	if _, err := f.ImagePush(t.Context(), core.PushRequest{Image: name}, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pull    string
		missing bool
		kind    core.Kind
		pulls   bool
	}{
		{"never", true, core.KindImageNotFound, false},
		{"sometimes", true, core.KindInvalidArgument, false},
		{"missing", true, "", true},
		{"missing", false, "", false},
		{"always", false, "", true},
	} {
		if c.missing {
			f.untag(t, name)
		}
		var seen events
		container := f.name(t)
		result, err := f.Run(t.Context(), core.RunRequest{
			Image: name, Command: core.Command{Text: "true"}, Progress: true, Options: []string{"--rm", "--name", container, "--pull", c.pull},
		}, core.Streams{Event: seen.take})
		if core.KindOf(err) != c.kind || result.ExitCode != 0 {
			t.Errorf("--pull %s: got %d, %v", c.pull, result.ExitCode, err)
		}
		if pulled := len(seen.statuses) > 0; pulled != c.pulls {
			t.Errorf("--pull %s: pulled: %v", c.pull, pulled)
		}
	}
}

func testAllTags(t *testing.T, f *fixture) {
	name := f.at(t, bed.Load(t).Registry(t, "registry").Address)
	repository, _, _ := strings.Cut(name, ":v1")
	f.tag(t, repository+":v2")
	pushed, err := f.ImagePush(t.Context(), core.PushRequest{Image: repository, AllTags: true}, nil)
	if err != nil || len(pushed.Digests) != 2 || pushed.Digests["v1"] != pushed.Digests["v2"] {
		t.Fatalf("got %+v, %v", pushed, err)
	}
	f.untag(t, name)
	f.untag(t, repository+":v2")
	if _, err := f.ImagePull(t.Context(), core.PullRequest{Image: repository, AllTags: true}, nil); err != nil {
		t.Fatal(err)
	}
	if !f.imageExists(t, name) || !f.imageExists(t, repository+":v2") {
		t.Error("a tag is missing")
	}
}

func testNotInRegistry(t *testing.T, f *fixture) {
	registry := bed.Load(t).Registry(t, "registry").Address
	name := f.at(t, registry)
	if _, err := f.ImagePush(t.Context(), core.PushRequest{Image: name}, nil); err != nil {
		t.Fatal(err)
	}
	repository, _, _ := strings.Cut(name, ":v1")
	for _, missing := range []string{registry + "/mlng-conf/none:v1", repository + ":none", repository + "@sha256:" + strings.Repeat("1", 64)} {
		_, err := f.ImagePull(t.Context(), core.PullRequest{Image: missing}, nil)
		wantKind(t, err, core.KindImageNotFound)
		_, err = f.Run(t.Context(), core.RunRequest{Image: missing, Options: []string{"--name", f.name(t)}}, core.Streams{})
		wantKind(t, err, core.KindImageNotFound)
	}
	_, err := f.ImagePush(t.Context(), core.PushRequest{Image: repository + ":none"}, nil)
	wantKind(t, err, core.KindImageNotFound)
}

func testRegistryArguments(t *testing.T, f *fixture) {
	ctx := t.Context()
	for _, name := range []string{"", "..", "UPPER", "a b", "a:b:c", "-x"} {
		_, err := f.ImagePull(ctx, core.PullRequest{Image: name}, nil)
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.ImagePush(ctx, core.PushRequest{Image: name}, nil)
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.ImageSave(ctx, core.SaveRequest{Images: []string{name}}, core.Streams{})
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.ImageTransfer(ctx, core.ImageTransferRequest{Image: name}, f.DockerClient, nil)
		wantKind(t, err, core.KindInvalidArgument)
	}
	for _, request := range []core.PullRequest{
		{Image: "x:v1", AllTags: true},
		{Image: "x", Platform: "a/b/c/d"},
		{Image: "x", Login: &core.RegistryLogin{}},
		{Image: "x", Login: &core.RegistryLogin{Username: "u"}},
		{Image: "x", Login: &core.RegistryLogin{Username: "u", Password: "p", Token: "t"}},
	} {
		_, err := f.ImagePull(ctx, request, nil)
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err := f.ImagePush(ctx, core.PushRequest{Image: "x@sha256:" + strings.Repeat("1", 64)}, nil)
	wantKind(t, err, core.KindInvalidArgument)
	_, err = f.Login(ctx, core.LoginRequest{Registry: "x"})
	wantKind(t, err, core.KindInvalidArgument)
}

// reasonOf is the detail that programs look at.
func reasonOf(err error) string {
	raw, _ := json.Marshal(err)
	var known struct{ Details struct{ Reason string } }
	_ = json.Unmarshal(raw, &known)
	return known.Details.Reason
}
