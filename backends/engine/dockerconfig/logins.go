package dockerconfig

import (
	"context"
	"maps"
	"strings"
	"sync"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"

	"github.com/proboscis/ml_nexus_go/core"
)

// hub is the name of Docker Hub in docker's settings.
const hub = "https://index.docker.io/v1/"

// Logins knows the user's logins to registries. Docker's settings are read each time, so
// that what docker login stores meanwhile counts. Its methods are safe for concurrent use.
type Logins struct {
	environ core.Environ
	*kept
}

// kept is what all views of a client's logins share.
type kept struct {
	mu  sync.Mutex
	own map[string]types.AuthConfig // of this client only

	storing sync.Mutex // one change of the file at a time
}

// NewLogins returns the logins of a user, known by the environment.
func NewLogins(environ core.Environ) *Logins {
	return &Logins{environ: environ, kept: &kept{own: map[string]types.AuthConfig{}}}
}

// With returns the logins for a call whose environment has changed. Docker's settings are
// those of the connection, wherever HOME points by now.
func (l *Logins) With(changes core.EnvironChanges) *Logins {
	if len(changes) == 0 {
		return l
	}
	changes = maps.Clone(changes)
	for _, name := range []string{"HOME", "DOCKER_CONFIG"} {
		delete(changes, name)
	}
	return &Logins{environ: l.environ.With(changes), kept: l.kept}
}

// Key returns the name of a registry in docker's settings: HOST[:PORT], or Docker Hub's
// address.
func Key(registry string) string {
	switch host := credentials.ConvertToHostname(registry); host {
	case "", "docker.io", "index.docker.io", "registry-1.docker.io":
		return hub
	default:
		return host
	}
}

// Find returns the login to a registry, named as in an image's name; an empty one if there
// is none. This client's own logins come first, then DOCKER_AUTH_CONFIG, the
// credential helpers and the file, as for docker's CLI.
func (l *Logins) Find(ctx context.Context, registry string) (types.AuthConfig, error) {
	key := Key(registry)
	l.mu.Lock()
	own, ok := l.own[key]
	l.mu.Unlock()
	if ok {
		return own, nil
	}
	if auth, ok, err := l.fromEnviron(key); ok || err != nil {
		return auth, err
	}
	file, err := Load(Dir(l.environ))
	if err != nil {
		return types.AuthConfig{}, err
	}
	if name := helperName(file, key); name != "" {
		h, err := findHelper(l.environ, name)
		if err != nil {
			return types.AuthConfig{}, err
		}
		return h.get(ctx, l.environ, key)
	}
	return credentials.NewFileStore(file).Get(key)
}

// Keep remembers a login for this client only.
func (l *Logins) Keep(auth types.AuthConfig) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own[Key(auth.ServerAddress)] = auth
}

// Store stores a login where docker login does: in the credential helper that the
// settings name, else in the file.
func (l *Logins) Store(ctx context.Context, auth types.AuthConfig) error {
	dir := Dir(l.environ)
	if dir == "" {
		return core.Errorf(core.KindInvalidArgument, "neither HOME nor DOCKER_CONFIG says where docker keeps its logins: set one, or log in with store=False")
	}
	l.storing.Lock()
	defer l.storing.Unlock()
	file, err := read(dir)
	if err != nil {
		return err // an unreadable file is not replaced by an empty one
	}
	auth.ServerAddress = Key(auth.ServerAddress)
	if !file.ContainsAuth() {
		file.CredentialsStore = defaultHelper(l.environ)
	}
	if name := helperName(file, auth.ServerAddress); name != "" {
		h, err := findHelper(l.environ, name)
		if err != nil {
			return err
		}
		if err := h.put(ctx, l.environ, auth); err != nil {
			return err
		}
		auth = types.AuthConfig{ServerAddress: auth.ServerAddress} // the file keeps its name
	}
	file.AuthConfigs[auth.ServerAddress] = auth
	if err := file.Save(); err != nil {
		return core.Errorf(core.KindPermissionDenied, "the login cannot be stored in %s: %w", file.Filename, err).With("path", file.Filename)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.own, auth.ServerAddress) // the stored login counts from now on
	return nil
}

func helperName(file *configfile.ConfigFile, key string) string {
	if name, ok := file.CredentialHelpers[key]; ok {
		return name
	}
	return file.CredentialsStore
}

// defaultHelper returns the helper that docker's CLI uses if the settings have no login yet.
func defaultHelper(environ core.Environ) string {
	for _, name := range systemHelpers {
		if name == "pass" && !onPath(environ, "pass") {
			continue
		}
		if _, err := findHelper(environ, name); err == nil {
			return name
		}
	}
	return ""
}

// fromEnviron reads DOCKER_AUTH_CONFIG, a file like config.json that has only auths.
func (l *Logins) fromEnviron(key string) (types.AuthConfig, bool, error) {
	text := l.environ.Get("DOCKER_AUTH_CONFIG")
	if text == "" {
		return types.AuthConfig{}, false, nil
	}
	file := configfile.New("")
	if err := file.LoadFromReader(strings.NewReader(text)); err != nil {
		return types.AuthConfig{}, false, core.Errorf(core.KindInvalidArgument, "DOCKER_AUTH_CONFIG cannot be read: correct or unset it")
	}
	auth, ok := file.AuthConfigs[key]
	return auth, ok, nil
}
