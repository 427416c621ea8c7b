// Package registry is what pulls, pushes and logins share: the login that goes with a
// request, the engine's messages about a transfer with a registry or an archive of images, and
// what they mean. It imports core, session and dockerconfig.
package registry

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

// Credential is the login that goes with one request to a registry.
type Credential struct {
	Auth registry.AuthConfig
	// Missed is why none was found although docker's settings name one. As with docker's
	// CLI, the work continues without: the image may be public.
	Missed error
}

// FindCredential returns the login for an image, given by keyword or stored by docker.
func FindCredential(ctx context.Context, logins *dockerconfig.Logins, ref reference.Named, given *core.RegistryLogin) (Credential, error) {
	host := reference.Domain(ref)
	if given != nil {
		auth, err := Given(host, *given)
		return Credential{Auth: auth}, err
	}
	found, err := logins.Find(ctx, host)
	if err != nil && (ctx.Err() != nil || core.KindOf(err) == core.KindInvalidArgument) {
		return Credential{}, err
	}
	return Credential{Auth: asAuth(found), Missed: err}, nil
}

// Given returns the login that a caller gave for a registry.
func Given(host string, given core.RegistryLogin) (registry.AuthConfig, error) {
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

// Header returns the request's X-Registry-Auth.
func (c Credential) Header() (string, error) { return registry.EncodeAuthConfig(c.Auth) }

// empty reports whether the request carries no login.
func (c Credential) empty() bool {
	return c.Auth.Password == "" && c.Auth.IdentityToken == "" && c.Auth.RegistryToken == ""
}

// conceal hides the secrets in a text from a remote side.
func (c Credential) conceal(text string) string {
	var pairs []string
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte(c.Auth.Username + ":" + c.Auth.Password)),
		c.Auth.Password, c.Auth.IdentityToken, c.Auth.RegistryToken,
	} {
		if secret != "" && secret != "Og==" {
			pairs = append(pairs, secret, "***")
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
