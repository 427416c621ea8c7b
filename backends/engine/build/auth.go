package build

import (
	"context"

	"github.com/docker/cli/cli/config/types"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth"
	"google.golang.org/grpc"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
)

type attachable = session.Attachable

// logins answers the engine's questions for logins to registries. The engine fetches
// tokens with them itself: the embedded server says that it offers nothing else.
type logins struct {
	auth.UnimplementedAuthServer
	find func(ctx context.Context, registry string) (types.AuthConfig, error)
}

func (l *logins) Register(server *grpc.Server) {
	auth.RegisterAuthServer(localfiles.Guarded{Server: server}, l)
}

// Credentials implements auth.AuthServer.
func (l *logins) Credentials(ctx context.Context, req *auth.CredentialsRequest) (*auth.CredentialsResponse, error) {
	login, err := l.find(ctx, req.Host)
	if err != nil {
		return nil, err
	}
	if login.IdentityToken != "" {
		return &auth.CredentialsResponse{Secret: login.IdentityToken}, nil
	}
	return &auth.CredentialsResponse{Username: login.Username, Secret: login.Password}, nil
}
