package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// freshDockerfile is a Dockerfile that no cache knows.
func freshDockerfile(lines ...string) string {
	return "FROM " + busybox + "\nENV ONCE=" + uuid.NewString() + "\n" + strings.Join(lines, "\n") + "\n"
}

func testBuildFailure(t *testing.T, f *fixture) {
	for _, builder := range []string{core.BuilderBuildKit, core.BuilderClassic} {
		dir := contextOf(t, map[string]string{"Dockerfile": freshDockerfile("RUN true", "RUN echo last words; exit 7")})
		_, err := f.build(t, core.BuildRequest{Context: dir, Builder: builder})
		wantKind(t, err, core.KindBuildFailed)
		known, ok := err.(*core.Error)
		if !ok {
			t.Fatal(err)
		}
		source, _ := known.Details["source"].(string)
		if known.Details["exit_code"] != 7 || known.Details["line"] != 4 || !strings.Contains(source, ">>> RUN echo last words") || !strings.Contains(known.Message, "last words") {
			t.Errorf("%s: got %v %v", builder, known, known.Details)
		}
	}
}

func testBuildSync(t *testing.T, f *fixture) {
	dir := contextOf(t, map[string]string{"Dockerfile": freshDockerfile("COPY . /all"), "large": strings.Repeat(uuid.NewString(), 50_000), "small": "one"})
	sent := func() (most int64) {
		_, err := f.ImageBuild(t.Context(), core.BuildRequest{Context: dir, Tag: f.imageName(t), Progress: true}, core.Streams{Event: func(event any) {
			if s, ok := event.(core.BuildStatusEvent); ok && strings.HasPrefix(s.Name, "transferring context") {
				most = max(most, s.Current)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		return most
	}
	first := sent()
	if err := os.WriteFile(filepath.Join(dir, "small"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if second := sent(); first < 1_800_000 || second > 10_000 {
		t.Errorf("%d bytes were sent, then %d", first, second)
	}
}

// testBuildSecret prints a secret in one piece, in pieces, and its beginning as the last words.
func testBuildSecret(t *testing.T, f *fixture) {
	secret := "s3cret-" + uuid.NewString()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	const step, file = "RUN --mount=type=secret,id=token,required ", " /run/secrets/token"
	for script, code := range map[string]int{
		"cat" + file: 0,
		"head -c 20" + file + "; sleep 0.5; echo other >&2; tail -c +21" + file:    0,
		"head -c 20" + file + "; sleep 0.5; tail -c +21" + file + "; echo; exit 3": 3,
		"head -c 20" + file + "; exit 4":                                           4,
	} {
		var shown strings.Builder
		result, err := f.ImageBuild(t.Context(), core.BuildRequest{
			Context: contextOf(t, map[string]string{"Dockerfile": freshDockerfile(step + script)}),
			Tag:     f.imageName(t), Options: []string{"--secret", "id=token,src=" + path}, Progress: true, Plain: true,
		}, core.Streams{Event: func(event any) {
			switch event := event.(type) {
			case core.BuildLogEvent:
				shown.WriteString(event.Text)
			case core.BuildPlainEvent:
				shown.WriteString(event.Text)
			}
		}})
		if code != 0 {
			wantKind(t, err, core.KindBuildFailed)
		} else if err != nil {
			t.Fatal(err)
		}
		all := shown.String() + result.Log + asText(err)
		for _, piece := range []string{secret[:20], secret[20:]} {
			if strings.Contains(all, piece) {
				t.Errorf("%s: %q is shown in %s", script, piece, all)
			}
		}
		// What an engine loses when an image is removed meanwhile is built again, from its cache: then the
		// step itself was shown before.
		if !strings.Contains(shown.String(), "***") || result.CachedSteps == 0 && !strings.Contains(result.Log+asText(err), "***") {
			t.Errorf("%s: got %s", script, all)
		}
	}
}

// asText is all that an error tells.
func asText(err error) string {
	var known *core.Error
	if !errors.As(err, &known) {
		return ""
	}
	return fmt.Sprint(known.Error(), known.Details)
}

func testEightBuilds(t *testing.T, f *fixture) {
	dir := contextOf(t, map[string]string{"Dockerfile": freshDockerfile("COPY given /", "ARG N", "RUN echo $N >/n"), "given": "x"})
	var all guard.Group
	for n := range 8 {
		tag := f.imageName(t)
		all.Run(func() error {
			result, err := f.build(t, core.BuildRequest{Context: dir, Tag: tag, Options: []string{fmt.Sprintf("--build-arg N=%d", n)}})
			if err == nil && (!f.imageExists(t, tag) || result.ImageID == "") {
				err = fmt.Errorf("build %d gave %+v", n, result)
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
}

func testBuildCancelled(t *testing.T, f *fixture) {
	for _, builder := range []string{core.BuilderBuildKit, core.BuilderClassic} {
		dir := contextOf(t, map[string]string{"Dockerfile": freshDockerfile("RUN echo begun && sleep 600")})
		ctx, cancel := context.WithCancel(t.Context())
		_, err := f.ImageBuild(ctx, core.BuildRequest{Context: dir, Builder: builder, Progress: true}, core.Streams{Event: func(event any) {
			if log, ok := event.(core.BuildLogEvent); ok && strings.Contains(log.Text, "begun") {
				cancel()
			}
		}})
		cancel()
		wantKind(t, err, core.KindCancelled)
	}
	dir := contextOf(t, map[string]string{"Dockerfile": freshDockerfile("RUN sleep 600")})
	_, err := f.build(t, core.BuildRequest{Context: dir, TimeoutSeconds: 2})
	wantKind(t, err, core.KindOperationTimeout)
}

func testBadBuilds(t *testing.T, f *fixture) {
	dir, empty := contextOf(t, map[string]string{"Dockerfile": freshDockerfile("RUN true")}), t.TempDir()
	text := "FROM scratch\n"
	for want, requests := range map[core.Kind][]core.BuildRequest{
		core.KindInvalidArgument: {
			{}, {Context: filepath.Join(dir, "Dockerfile")}, {Context: dir, Tag: "Upper"}, {Context: dir, Builder: "other"},
			{Context: dir, Options: []string{"--frob"}}, {Context: dir, Options: []string{"--target nope"}}, {Context: dir, Options: []string{"-t", "a b"}},
			{Context: dir, Options: []string{"--ssh default"}}, {Context: dir, Options: []string{"-f x"}, Dockerfile: &text},
			{Context: dir, Options: []string{"--output type=frob"}}, {Context: dir, Options: []string{"--memory 1g"}},
		},
		core.KindPathNotFound: {
			{Context: empty}, {Context: filepath.Join(empty, "none")}, {Context: dir, Options: []string{"-f", filepath.Join(empty, "none")}},
			{Context: dir, Options: []string{"--secret id=x,src=/does/not/exist"}},
		},
	} {
		for _, req := range requests {
			if _, err := f.build(t, req); core.KindOf(err) != want {
				t.Errorf("%+v: got %v; want %s", req, err, want)
			}
		}
	}
}
