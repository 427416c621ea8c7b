package build

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/docker/cli/cli/config/types"
	"github.com/moby/buildkit/session/auth"

	"github.com/proboscis/ml_nexus_go/core"
)

const manyImages = `# syntax=syntax.example/dockerfile:1
# escape=` + "`" + `
ARG BASE_REGISTRY=default.example
ARG PLAIN
FROM --platform=$BUILDPLATFORM ${BASE_REGISTRY}/base:$TARGETARCH AS base
FROM ` + "`" + `
  "second.example:5000/x/y@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" as Two
ARG BASE_REGISTRY
ARG TOOL=tool.example/${BASE_REGISTRY}
COPY --from=copied.example/a /a /b
COPY --from=Base /a /b
RUN --mount=type=bind,from=mounted.example/m,target=/m --mount=type=cache,target=/c true
RUN --mount=type=bind,from=${TOOL},target=/m <<FROM
FROM heredoc.example/not
FROM
FROM base
# FROM comment.example/not
RUN echo FROM run.example/not
FROM ${UNSET:-fallback.example/f}
FROM two
`

func spec(t *testing.T, dockerfile string, options ...string) *Spec {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := NewFlags()
	if err := flags.Set.Parse(options); err != nil {
		t.Fatal(err)
	}
	s, err := NewSpec(flags, core.BuildRequest{Context: dir, Tag: "tag.example/t:1"}, core.Environ{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRegistriesThatABuildNames(t *testing.T) {
	for name, tt := range map[string]struct {
		dockerfile string
		options    []string
		want       []string
	}{
		"a Dockerfile":    {manyImages, nil, []string{"copied.example", "default.example", "fallback.example", "mounted.example", "second.example:5000", "syntax.example", "tag.example", "tool.example"}},
		"build arguments": {manyImages, []string{"--build-arg", "BASE_REGISTRY=given.example", "--build-arg", "TOOL=other.example/t"}, []string{"copied.example", "fallback.example", "given.example", "mounted.example", "other.example", "second.example:5000", "syntax.example", "tag.example"}},
		"Docker Hub":      {"FROM busybox\n", nil, []string{"docker.io", "tag.example"}},
		"scratch":         {"FROM scratch\n", nil, []string{"tag.example"}},
		"options": {"FROM scratch\n", []string{
			"--cache-from", "cached.example/c", "--cache-from", "type=registry,ref=from.example/c", "--cache-to", "type=registry,ref=to.example/c",
			"--build-context", "base=docker-image://context.example/b", "--output", "type=image,name=output.example/o",
			"--attest", "type=sbom,generator=sbom.example/g", "--build-arg", "BUILDKIT_SYNTAX=front.example/f:1 --debug",
		}, []string{"cached.example", "context.example", "from.example", "front.example", "output.example", "sbom.example", "tag.example", "to.example"}},
		"no Dockerfile": {"{{{\n", nil, []string{"tag.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := spec(t, tt.dockerfile, tt.options...).registries()
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v; want %v", got, tt.want)
			}
		})
	}
}

// TestAnEngineGetsOnlyTheLoginsOfTheBuild asks as a hostile engine would.
func TestAnEngineGetsOnlyTheLoginsOfTheBuild(t *testing.T) {
	asked := []string{}
	find := func(_ context.Context, registry string) (types.AuthConfig, error) {
		asked = append(asked, registry)
		return types.AuthConfig{Username: "me", Password: "secret of " + registry}, nil
	}
	l := &logins{find: spec(t, "FROM busybox\nFROM named.example/x\n").login(find)}
	for host, want := range map[string]string{
		"named.example": "secret of named.example", "registry-1.docker.io": "secret of registry-1.docker.io", "docker.io": "secret of docker.io",
		"other.example": "", "named.example:5000": "", "evil.named.example": "", "": "secret of ", "NAMED.example": "",
	} {
		got, err := l.Credentials(t.Context(), &auth.CredentialsRequest{Host: host})
		if err != nil || got.Secret != want || (want == "") != (got.Username == "") {
			t.Errorf("%q: %v, %v; want %q", host, got, err, want)
		}
	}
	if len(asked) != 4 {
		t.Errorf("logins were looked up for %v", asked)
	}
}
