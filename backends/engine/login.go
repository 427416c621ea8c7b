package engine

import (
	"context"

	"github.com/docker/cli/cli/config/types"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Login implements core.Images: the engine checks the login with the registry.
func (e *Engine) Login(ctx context.Context, req core.LoginRequest) (result core.LoginResult, err error) {
	key := dockerconfig.Key(req.Registry)
	auth, invalid := registry.Given(key, req.Login)
	login := registry.Credential{Auth: auth}
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		answer, err := e.api.RegistryLogin(ctx, auth)
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
			err = e.logins.With(req.Environ).Store(ctx, kept)
		} else {
			e.logins.Keep(kept)
		}
		result = core.LoginResult{Registry: key, Status: answer.Status}
		return err
	})
	return result, err
}
