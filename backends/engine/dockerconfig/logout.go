package dockerconfig

import (
	"context"
	"slices"

	"github.com/docker/cli/cli/config/configfile"

	"github.com/proboscis/ml_nexus_go/core"
)

// Remove removes the login to a registry: this client's own, and the stored one, as docker
// logout does. It reports whether there was one. What DOCKER_AUTH_CONFIG has stays.
func (l *Logins) Remove(ctx context.Context, registry string) (removed bool, err error) {
	key := Key(registry)
	l.mu.Lock()
	_, removed = l.own[key]
	delete(l.own, key)
	l.mu.Unlock()
	dir := Dir(l.environ)
	if dir == "" {
		return removed, nil
	}
	l.storing.Lock()
	defer l.storing.Unlock()
	file, err := read(dir)
	if err != nil {
		return removed, err
	}
	stored, err := l.removeStored(ctx, file, key)
	return removed || stored, err
}

// removeStored removes a login from a helper and from the file, under each name that the file has for it.
func (l *Logins) removeStored(ctx context.Context, file *configfile.ConfigFile, key string) (removed bool, err error) {
	names := []string{key}
	for name := range file.AuthConfigs {
		if Key(name) == key && name != key {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if name := helperName(file, key); name != "" {
		h, err := findHelper(l.environ, name)
		if err != nil {
			return false, err
		}
		for _, name := range names {
			had, err := h.remove(ctx, l.environ, name)
			if err != nil {
				return removed, err
			}
			removed = removed || had
		}
	}
	changed := false
	for _, name := range names {
		kept, has := file.AuthConfigs[name]
		delete(file.AuthConfigs, name)
		changed = changed || has
		removed = removed || kept.Password != "" || kept.IdentityToken != "" || kept.RegistryToken != ""
	}
	if !changed {
		return removed, nil
	}
	if err := file.Save(); err != nil {
		return removed, core.Errorf(core.KindPermissionDenied, "the login cannot be removed from %s: %w", file.Filename, err).With("path", file.Filename)
	}
	return removed, nil
}
