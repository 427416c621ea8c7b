package dockerconfig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/cli/cli/config/types"
	"github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/subprocess"
)

// tokenUser is the user name under which helpers keep an identity token.
const tokenUser = "<token>"

// helper is one credential helper: the program docker-credential-NAME.
type helper struct {
	name string
	path string
}

// findHelper looks for the program on the caller's PATH.
func findHelper(environ core.Environ, name string) (*helper, error) {
	program := "docker-credential-" + name
	if name == "" || strings.ContainsRune(name, filepath.Separator) {
		return nil, core.Errorf(core.KindInvalidArgument, "docker's settings name a credential helper %q, which is not a valid name", name)
	}
	for _, dir := range filepath.SplitList(environ.Get("PATH")) {
		if path := filepath.Join(dir, program); filepath.IsAbs(path) && executable(path) {
			return &helper{name: program, path: path}, nil
		}
	}
	return nil, core.Errorf(core.KindNotFound, "docker's settings name the credential helper %s, which is not on PATH: install it, or remove it from credsStore and credHelpers", program)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// get asks for a login, which is empty for an unknown registry.
func (h *helper) get(ctx context.Context, environ core.Environ, registry string) (types.AuthConfig, error) {
	found, err := client.Get(h.program(ctx, environ), registry)
	switch {
	case credentials.IsErrCredentialsNotFound(err):
		return types.AuthConfig{}, nil
	case err != nil:
		return types.AuthConfig{}, h.failed(ctx, "give the login", err)
	case found.Username == tokenUser:
		return types.AuthConfig{IdentityToken: found.Secret, ServerAddress: registry}, nil
	}
	return types.AuthConfig{Username: found.Username, Password: found.Secret, ServerAddress: registry}, nil
}

// put stores a login.
func (h *helper) put(ctx context.Context, environ core.Environ, auth types.AuthConfig) error {
	kept := &credentials.Credentials{ServerURL: auth.ServerAddress, Username: auth.Username, Secret: auth.Password}
	if auth.IdentityToken != "" {
		kept.Username, kept.Secret = tokenUser, auth.IdentityToken
	}
	if err := client.Store(h.program(ctx, environ), kept); err != nil {
		return h.failed(ctx, "store the login", err)
	}
	return nil
}

// remove removes a login, and reports whether there was one.
func (h *helper) remove(ctx context.Context, environ core.Environ, registry string) (bool, error) {
	switch _, err := client.Get(h.program(ctx, environ), registry); {
	case credentials.IsErrCredentialsNotFound(err):
		return false, nil
	case err != nil:
		return false, h.failed(ctx, "give the login", err)
	}
	if err := client.Erase(h.program(ctx, environ), registry); err != nil {
		return false, h.failed(ctx, "remove the login", err)
	}
	return true, nil
}

// failed leaves out what the helper printed: that may be the secret itself.
func (h *helper) failed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	why := "its answer is not what docker's credential helpers give"
	if before, _, found := strings.Cut(err.Error(), ", out: "); found {
		_, why, _ = strings.Cut(before, "err: ")
	}
	return core.Errorf(core.KindRegistryError, "the credential helper %s did not %s (%s): try it by hand", h.name, what, why)
}

func (h *helper) program(ctx context.Context, environ core.Environ) client.ProgramFunc {
	return func(args ...string) client.Program {
		cmd := subprocess.Command(ctx, h.path, args...)
		cmd.Env = environ.List()
		cmd.WaitDelay = time.Second // a child of its own may hold the pipes
		return &process{cmd}
	}
}

// process is a client.Program. Secrets go through its standard input and output.
type process struct{ cmd *subprocess.Cmd }

func (p *process) Input(in io.Reader) { p.cmd.Stdin = in }

func (p *process) Output() ([]byte, error) {
	out, err := p.cmd.Output()
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%s may not be executed", p.cmd.Path)
	}
	return out, err
}
