// Package registries is what users do with registries other than to move images: logins, and
// questions about what a registry has. It imports core, dockerconfig, registry and session.
package registries

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/distribution/reference"
	registrytypes "github.com/docker/docker/api/types/registry"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Registries implements core.Registries.
type Registries struct {
	session *session.Session
	logins  *dockerconfig.Logins
}

var _ core.Registries = (*Registries)(nil)

// New returns the Registries of a session; logins are those of its user.
func New(s *session.Session, logins *dockerconfig.Logins) *Registries { return &Registries{s, logins} }

// InspectDistribution implements core.Registries.
func (r *Registries) InspectDistribution(ctx context.Context, req core.DistributionRequest) (raw json.RawMessage, err error) {
	ref, invalid := registry.RepositoryReference(req.Image, false)
	err = r.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true, Long: true}, func(ctx context.Context) error {
		raw, err = r.distribution(ctx, ref, req)
		return err
	})
	return raw, err
}

func (r *Registries) distribution(ctx context.Context, ref reference.Named, req core.DistributionRequest) (json.RawMessage, error) {
	login, err := registry.FindCredential(ctx, r.logins.With(req.Environ), ref, req.Login)
	if err != nil {
		return nil, err
	}
	header, err := login.Header()
	if err != nil {
		return nil, err
	}
	path := (&url.URL{Path: "/distribution/" + ref.String() + "/json"}).EscapedPath()
	raw, err := r.session.GetWith(ctx, path, map[string]string{registrytypes.AuthHeader: header})
	var refused *session.Refused
	if errors.As(err, &refused) {
		return nil, registry.Fault(ctx, reference.FamiliarString(ref), login, registry.Pulling, refused)
	}
	return raw, err
}
