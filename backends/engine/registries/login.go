package registries

import (
	"context"

	"github.com/docker/cli/cli/config/types"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Login implements core.Registries: the engine checks the login with the registry.
func (r *Registries) Login(ctx context.Context, req core.LoginRequest) (result core.LoginResult, err error) {
	key := dockerconfig.Key(req.Registry)
	auth, invalid := registry.Given(key, req.Login)
	login := registry.Credential{Auth: auth}
	err = r.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		answer, err := r.session.API.RegistryLogin(ctx, auth)
		if err != nil {
			return registry.Fault(ctx, key, login, registry.LoggingIn, err)
		}
		if answer.IdentityToken != "" {
			auth.Password, auth.IdentityToken = "", answer.IdentityToken
		}
		kept := types.AuthConfig{
			Username: auth.Username, Password: auth.Password, IdentityToken: auth.IdentityToken, ServerAddress: key,
		}
		if req.Store {
			err = r.logins.With(req.Environ).Store(ctx, kept)
		} else {
			r.logins.Keep(kept)
		}
		result = core.LoginResult{Registry: key, Status: answer.Status}
		return err
	})
	return result, err
}

// Logout implements core.Registries.
func (r *Registries) Logout(ctx context.Context, req core.LogoutRequest) (result core.LogoutResult, err error) {
	result.Registry = dockerconfig.Key(req.Registry)
	err = r.session.Perform(ctx, session.Operation{Long: true, WithoutEngine: true}, func(ctx context.Context) error {
		result.Removed, err = r.logins.With(req.Environ).Remove(ctx, result.Registry)
		return err
	})
	return result, err
}
