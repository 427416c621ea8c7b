package engine

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config/types"
	"github.com/docker/docker/api/types/registry"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// credential is the login that goes with one request to a registry.
type credential struct {
	auth registry.AuthConfig
	// missed is why none was found where docker's settings name one. As with docker's
	// CLI the work goes on without: the image may be public.
	missed error
}

// credentialFor finds the login for an image, given by keyword or kept by docker.
func (e *Engine) credentialFor(ctx context.Context, ref reference.Named, given *core.RegistryLogin, environ core.EnvironChanges) (credential, error) {
	host := reference.Domain(ref)
	if given != nil {
		auth, err := givenLogin(host, *given)
		return credential{auth: auth}, err
	}
	found, err := e.logins.With(environ).Find(ctx, host)
	if err != nil && (ctx.Err() != nil || core.KindOf(err) == core.KindInvalidArgument) {
		return credential{}, err
	}
	return credential{auth: asAuth(found), missed: err}, nil
}

func givenLogin(host string, given core.RegistryLogin) (registry.AuthConfig, error) {
	auth := registry.AuthConfig{
		Username: given.Username, Password: given.Password, IdentityToken: given.Token, ServerAddress: dockerconfig.Key(host),
	}
	switch {
	case given.Token != "" && given.Password != "":
		return auth, core.Errorf(core.KindInvalidArgument, "give a password or a token, not both")
	case given.Token == "" && (given.Username == "" || given.Password == ""):
		return auth, core.Errorf(core.KindInvalidArgument, "a login needs a user name and a password, or a token")
	}
	return auth, nil
}

func asAuth(found types.AuthConfig) registry.AuthConfig {
	return registry.AuthConfig{
		Username: found.Username, Password: found.Password, ServerAddress: found.ServerAddress,
		IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
	}
}

// header is the request's X-Registry-Auth.
func (c credential) header() (string, error) { return registry.EncodeAuthConfig(c.auth) }

// empty reports whether the registry is asked without a login.
func (c credential) empty() bool {
	return c.auth.Password == "" && c.auth.IdentityToken == "" && c.auth.RegistryToken == ""
}

// conceal takes the secrets out of a text that came from elsewhere.
func (c credential) conceal(text string) string {
	var pairs []string
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte(c.auth.Username + ":" + c.auth.Password)),
		c.auth.Password, c.auth.IdentityToken, c.auth.RegistryToken,
	} {
		if secret != "" && secret != "Og==" {
			pairs = append(pairs, secret, "***")
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
