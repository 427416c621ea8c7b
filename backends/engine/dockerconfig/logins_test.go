package dockerconfig

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/docker/cli/cli/config/types"

	"github.com/proboscis/ml_nexus_go/core"
)

const secret = "s3cret-Ä"

// helperScript keeps one login in the file that MLNG_KEPT names. Registry names choose
// its misbehaviour.
const helperScript = `#!/bin/sh
action=$1
input=$(cat)
case "$action $input" in
"get broken.example") echo "` + secret + `"; exit 3 ;;
"get garbage.example") echo "` + secret + `{" ;;
"get hangs.example") echo begun > "$MLNG_KEPT"; exec sleep 600 ;;
"get token.example") echo '{"ServerURL":"token.example","Username":"<token>","Secret":"` + secret + `"}' ;;
get*) if [ -f "$MLNG_KEPT" ]; then cat "$MLNG_KEPT"; else echo "credentials not found in native keychain"; exit 1; fi ;;
"store "*broken.example*) echo "cannot keep $input"; exit 4 ;;
"erase stuck.example") echo "cannot erase ` + secret + `"; exit 5 ;;
erase*) rm "$MLNG_KEPT" ;;
store*) printf '%s' "$input" > "$MLNG_KEPT" ;;
esac
`

func settings(t *testing.T, text string) core.Environ {
	t.Helper()
	dir := t.TempDir()
	if text != "" {
		write(t, filepath.Join(dir, "config.json"), text, 0o600)
	}
	bin := t.TempDir()
	write(t, filepath.Join(bin, "docker-credential-mlngtest"), helperScript, 0o755)
	return core.Environ{"DOCKER_CONFIG": dir, "PATH": bin + ":/usr/bin:/bin", "MLNG_KEPT": filepath.Join(dir, "kept")}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func auth(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}

func TestACallsEnvironmentIsWhatAHelperSees(t *testing.T) {
	environ := settings(t, `{"credsStore": "mlngtest"}`)
	now := filepath.Join(t.TempDir(), "now")
	write(t, now, `{"ServerURL":"reg.example","Username":"now","Secret":"`+secret+`"}`, 0o600)
	elsewhere, auths := t.TempDir(), `{"auths": {"reg.example": {"auth": "`+auth("environ", secret)+`"}}}`
	logins := NewLogins(environ)
	for _, tt := range []struct {
		changes core.EnvironChanges
		user    string
	}{
		{nil, ""},
		{core.EnvironChanges{"MLNG_KEPT": &now}, "now"},
		{core.EnvironChanges{"MLNG_KEPT": &now, "DOCKER_CONFIG": &elsewhere, "HOME": &elsewhere}, "now"},
		{core.EnvironChanges{"DOCKER_AUTH_CONFIG": &auths}, "environ"},
		{nil, ""},
	} {
		if found, err := logins.With(tt.changes).Find(t.Context(), "reg.example"); err != nil || found.Username != tt.user {
			t.Errorf("%v: %q, %v; want %q", tt.changes, found.Username, err, tt.user)
		}
	}
	if _, err := logins.With(core.EnvironChanges{"PATH": nil}).Find(t.Context(), "reg.example"); core.KindOf(err) != core.KindNotFound {
		t.Errorf("without PATH: %v", err)
	}
	logins.With(core.EnvironChanges{"A": &now}).Keep(types.AuthConfig{ServerAddress: "reg.example", Username: "kept"})
	if found, err := logins.Find(t.Context(), "reg.example"); err != nil || found.Username != "kept" {
		t.Errorf("kept: %q, %v", found.Username, err)
	}
}

func TestFind(t *testing.T) {
	file := `{"auths": {"reg.example:5000": {"auth": "` + auth("ann", secret) + `"}, "https://index.docker.io/v1/": {"auth": "` + auth("hub", "x") + `"},
		"https://url.example/v1/": {"auth": "` + auth("url", "y") + `"}, "idtoken.example": {"identitytoken": "` + secret + `"}},
		"credHelpers": {"token.example": "mlngtest", "asked.example": "mlngtest", "none.example": "mlngtest"}}`
	environ := settings(t, file)
	write(t, environ["MLNG_KEPT"], `{"ServerURL":"asked.example","Username":"kept","Secret":"`+secret+`"}`, 0o600)
	for _, c := range []struct{ registry, user, password, token string }{
		{"reg.example:5000", "ann", secret, ""},
		{"https://reg.example:5000/v2/", "ann", secret, ""},
		{"docker.io", "hub", "x", ""},
		{"index.docker.io", "hub", "x", ""},
		{"registry-1.docker.io", "hub", "x", ""},
		{"url.example", "url", "y", ""},
		{"idtoken.example", "", "", secret},
		{"token.example", "", "", secret},
		{"asked.example", "kept", secret, ""},
		{"unknown.example", "", "", ""},
	} {
		got, err := NewLogins(environ).Find(t.Context(), c.registry)
		if err != nil || got.Username != c.user || got.Password != c.password || got.IdentityToken != c.token {
			t.Errorf("%s: got %q, %v", c.registry, got.Username, err)
		}
	}
}

func TestOrder(t *testing.T) {
	environ := settings(t, `{"auths": {"a.example": {"auth": "`+auth("file", "1")+`"}, "b.example": {"auth": "`+auth("file", "1")+`"}}}`)
	environ["DOCKER_AUTH_CONFIG"] = `{"auths": {"a.example": {"auth": "` + auth("environ", "2") + `"}}}`
	l := NewLogins(environ)
	want := func(registry, user string) {
		t.Helper()
		if got, err := l.Find(t.Context(), registry); err != nil || got.Username != user {
			t.Errorf("%s: got %q, %v; want %q", registry, got.Username, err, user)
		}
	}
	want("a.example", "environ")
	want("b.example", "file")
	l.Keep(types.AuthConfig{ServerAddress: "https://a.example", Username: "own"})
	want("a.example", "own")
	// What docker login stores meanwhile counts.
	write(t, filepath.Join(environ["DOCKER_CONFIG"], "config.json"), `{"auths": {"b.example": {"auth": "`+auth("newer", "3")+`"}}}`, 0o600)
	want("b.example", "newer")
}

func TestStore(t *testing.T) {
	for name, c := range map[string]struct{ text, holds string }{
		"no settings":   {"", auth("ann", secret)},
		"file":          {`{"auths": {"other.example": {}}, "psFormat": "kept"}`, auth("ann", secret)},
		"store":         {`{"credsStore": "mlngtest"}`, ""},
		"helper":        {`{"credHelpers": {"reg.example": "mlngtest"}}`, ""},
		"other helper":  {`{"auths": {"other.example": {}}, "credHelpers": {"other.example": "mlngtest"}}`, auth("ann", secret)},
		"missing store": {`{"auths": {"other.example": {}}, "credHelpers": {"reg.example": ""}, "credsStore": "mlngtest"}`, auth("ann", secret)},
	} {
		t.Run(name, func(t *testing.T) {
			environ := settings(t, c.text)
			l := NewLogins(environ)
			err := l.Store(t.Context(), types.AuthConfig{ServerAddress: "https://reg.example/v2/", Username: "ann", Password: secret})
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.Find(t.Context(), "reg.example")
			if err != nil || got.Username != "ann" || got.Password != secret {
				t.Errorf("found %q, %v", got.Username, err)
			}
			path := filepath.Join(environ["DOCKER_CONFIG"], "config.json")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
			if kept := strings.Contains(string(text), auth("ann", secret)); kept != (c.holds != "") {
				t.Errorf("the file: %s", text)
			}
			if strings.Contains(c.text, "psFormat") && !strings.Contains(string(text), "psFormat") {
				t.Errorf("settings are lost: %s", text)
			}
		})
	}
}

func TestStoreManyAtOnce(t *testing.T) {
	environ := settings(t, `{"auths": {}}`)
	l := NewLogins(environ)
	done := make(chan error)
	names := []string{"a.example", "b.example", "c.example", "d.example", "e.example"}
	for _, name := range names {
		go func() {
			done <- l.Store(t.Context(), types.AuthConfig{ServerAddress: name, Username: "u", Password: "p"})
		}()
	}
	for range names {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	text, _ := os.ReadFile(filepath.Join(environ["DOCKER_CONFIG"], "config.json"))
	var file struct{ Auths map[string]any }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Auths) != len(names) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestLoginErrors(t *testing.T) {
	helpers := `{"credHelpers": {"broken.example": "mlngtest", "garbage.example": "mlngtest", "missing.example": "mlng-none", "path.example": "../x"}}`
	for _, c := range []struct {
		name, config, registry, environ string
		kind                            core.Kind
		says                            string
	}{
		{"helper fails", helpers, "broken.example", "", core.KindRegistryError, "exit status 3"},
		{"helper prints garbage", helpers, "garbage.example", "", core.KindRegistryError, "docker-credential-mlngtest"},
		{"no helper", helpers, "missing.example", "", core.KindNotFound, "docker-credential-mlng-none"},
		{"helper is a path", helpers, "path.example", "", core.KindInvalidArgument, "../x"},
		{"broken settings", `{"auths": {"x": {"auth": "` + secret + `"}}}`, "x", "", core.KindInvalidArgument, "config.json"},
		{"broken environment", `{}`, "x", `{"auths": "` + secret + `"`, core.KindInvalidArgument, "DOCKER_AUTH_CONFIG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			environ := settings(t, c.config)
			if c.environ != "" {
				environ["DOCKER_AUTH_CONFIG"] = c.environ
			}
			_, err := NewLogins(environ).Find(t.Context(), c.registry)
			if core.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %s: %v", core.KindOf(err), err)
			}
		})
	}
	l := NewLogins(settings(t, helpers))
	err := l.Store(t.Context(), types.AuthConfig{ServerAddress: "broken.example", Username: "ann", Password: secret})
	if core.KindOf(err) != core.KindRegistryError || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
	err = NewLogins(core.Environ{}).Store(t.Context(), types.AuthConfig{ServerAddress: "x"})
	if core.KindOf(err) != core.KindInvalidArgument {
		t.Errorf("got %v", err)
	}
}

func TestHelperEndsWithTheCall(t *testing.T) {
	environ := settings(t, `{"credHelpers": {"hangs.example": "mlngtest"}}`)
	if err := syscall.Mkfifo(environ["MLNG_KEPT"], 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	begun, done := make(chan string, 1), make(chan error, 1)
	go func() { text, _ := os.ReadFile(environ["MLNG_KEPT"]); begun <- string(text) }()
	go func() { _, err := NewLogins(environ).Find(ctx, "hangs.example"); done <- err }()
	select {
	case text := <-begun:
		if text != "begun\n" {
			t.Errorf("the helper said %q", text)
		}
	case err := <-done:
		t.Fatalf("the helper was not started: %v", err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}
