package dockerconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/cli/cli/config/types"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestRemove(t *testing.T) {
	login := `{"auth": "` + auth("ann", secret) + `"}`
	for name, c := range map[string]struct {
		text    string
		helper  bool // it has a login
		removed bool
		left    string // in the file, instead of reg.example
	}{
		"no settings":      {"", false, false, ""},
		"not logged in":    {`{"auths": {"other.example": ` + login + `}}`, false, false, "other.example"},
		"file":             {`{"auths": {"other.example": ` + login + `, "reg.example": ` + login + `}, "psFormat": "kept"}`, false, true, "other.example"},
		"old spelling":     {`{"auths": {"https://reg.example/v1/": ` + login + `, "http://reg.example": {}}, "psFormat": "kept"}`, false, true, "psFormat"},
		"store":            {`{"auths": {"reg.example": {}}, "credsStore": "mlngtest"}`, true, true, "credsStore"},
		"store has none":   {`{"auths": {"reg.example": {}}, "credsStore": "mlngtest"}`, false, false, "credsStore"},
		"helper":           {`{"credHelpers": {"reg.example": "mlngtest"}}`, true, true, "credHelpers"},
		"helper and file":  {`{"auths": {"reg.example": ` + login + `}, "credsStore": "mlngtest"}`, false, true, "credsStore"},
		"helper of others": {`{"auths": {"reg.example": ` + login + `}, "credHelpers": {"other.example": "mlngtest"}}`, true, true, "credHelpers"},
	} {
		t.Run(name, func(t *testing.T) {
			environ := settings(t, c.text)
			kept := environ["MLNG_KEPT"]
			if c.helper {
				write(t, kept, `{"ServerURL":"reg.example","Username":"ann","Secret":"`+secret+`"}`, 0o600)
			}
			l := NewLogins(environ)
			for _, want := range []bool{c.removed, false} {
				if removed, err := l.Remove(t.Context(), "https://reg.example/v2/"); err != nil || removed != want {
					t.Fatalf("removed: %v, %v; want %v", removed, err, want)
				}
			}
			text, _ := os.ReadFile(filepath.Join(environ["DOCKER_CONFIG"], "config.json"))
			_, err := os.Stat(kept)
			if strings.Contains(string(text), `reg.example"`) && !strings.Contains(c.text, "credHelpers") || !strings.Contains(string(text), c.left) {
				t.Errorf("the file: %s", text)
			}
			if left := err == nil; left != (c.helper && name == "helper of others") {
				t.Errorf("the helper has a login: %v", left)
			}
			if found, err := l.Find(t.Context(), "reg.example"); err != nil || found.Username != "" {
				t.Errorf("found %q, %v", found.Username, err)
			}
		})
	}
}

func TestRemoveOwn(t *testing.T) {
	l := NewLogins(settings(t, ""))
	l.Keep(types.AuthConfig{ServerAddress: "docker.io", Username: "ann"})
	l.Keep(types.AuthConfig{ServerAddress: "reg.example", Username: "ann"})
	if removed, err := l.Remove(t.Context(), ""); !removed || err != nil {
		t.Errorf("%v, %v", removed, err)
	}
	hub, _ := l.Find(t.Context(), "docker.io")
	other, _ := l.Find(t.Context(), "reg.example")
	if hub.Username != "" || other.Username != "ann" {
		t.Errorf("%q, %q", hub.Username, other.Username)
	}
	if removed, err := NewLogins(core.Environ{}).Remove(t.Context(), "x"); removed || err != nil {
		t.Errorf("without settings: %v, %v", removed, err)
	}
}

func TestRemoveErrors(t *testing.T) {
	helpers := `{"credHelpers": {"broken.example": "mlngtest", "stuck.example": "mlngtest", "missing.example": "mlng-none"}}`
	for name, c := range map[string]struct {
		config, registry string
		kind             core.Kind
		says             string
	}{
		"helper fails":    {helpers, "broken.example", core.KindRegistryError, "exit status 3"},
		"erasing fails":   {helpers, "stuck.example", core.KindRegistryError, "did not remove the login (exit status 5)"},
		"no helper":       {helpers, "missing.example", core.KindNotFound, "docker-credential-mlng-none"},
		"broken settings": {`{"auths": {"x": {"auth": "` + secret + `"}}}`, "x", core.KindInvalidArgument, "config.json"},
	} {
		t.Run(name, func(t *testing.T) {
			environ := settings(t, c.config)
			write(t, environ["MLNG_KEPT"], `{"ServerURL":"x","Username":"ann","Secret":"`+secret+`"}`, 0o600)
			_, err := NewLogins(environ).Remove(t.Context(), c.registry)
			if core.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %s: %v", core.KindOf(err), err)
			}
		})
	}
}
