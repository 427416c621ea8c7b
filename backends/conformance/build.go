package conformance

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// buildBasics use every stream of a build: requests, BuildKit's two, and the classic upload.
var buildBasics = []test{
	{"build: the image runs, the second time it is cached", testBuild},
	{"build: the classic builder does the same", testClassicBuild},
	{"build: only what changed is sent", testBuildSync},
	{"build: a cancelled one ends", testBuildCancelled},
}

var buildTests = append([]test{
	{"build: a failing step", testBuildFailure},
	{"build: secrets", testBuildSecret},
	{"build: eight at once", testEightBuilds},
	{"build: bad requests", testBadBuilds},
}, buildBasics...)

// context is a folder with files, for a build.
func contextOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// imageName is a name that nobody else has. The image is removed with the test.
func (f *fixture) imageName(t *testing.T) string {
	t.Helper()
	name := "mlng-conf/" + uuid.NewString() + ":v1"
	t.Cleanup(func() {
		_, err := f.ImageRemove(context.Background(), core.ImageRemoveRequest{Image: name, Force: true})
		if err != nil && core.KindOf(err) != core.KindImageNotFound && core.KindOf(err) != core.KindClientClosed {
			t.Errorf("%s stays behind: %v", name, err)
		}
	})
	return name
}

func (f *fixture) build(t *testing.T, req core.BuildRequest) (core.BuildResult, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return f.ImageBuild(ctx, req, core.Streams{})
}

func testBuild(t *testing.T, f *fixture)        { testBuilder(t, f, core.BuilderBuildKit) }
func testClassicBuild(t *testing.T, f *fixture) { testBuilder(t, f, core.BuilderClassic) }

func testBuilder(t *testing.T, f *fixture, builder string) {
	var dir string
	tag, result := f.imageName(t), core.BuildResult{CachedSteps: 1}
	for tries := 0; result.CachedSteps > 0 && tries < 5; tries++ { // what was built twice, because the engine lost it, says nothing
		dir = contextOf(t, map[string]string{"Dockerfile": "FROM " + busybox + "\nRUN echo made " + uuid.NewString() + " >/made\nCOPY given /\n", "given": "given\n"})
		var err error
		result, err = f.build(t, core.BuildRequest{Context: dir, Tag: tag, Builder: builder, Options: []string{"--build-arg a=b"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if result.Steps != 2 || result.CachedSteps != 0 || !f.imageExists(t, result.ImageID) || !strings.Contains(result.Log, "RUN echo made") {
		t.Errorf("got %+v", result)
	}
	_, o := f.runNamed(t, core.RunRequest{Image: tag, Command: core.Command{Argv: []string{"sh", "-c", "cut -c 1-4 /made; cat /given"}}}, nil)
	o.want(t, 0, "made\ngiven\n", "")
	again, err := f.build(t, core.BuildRequest{Context: dir, Tag: tag, Builder: builder, Options: []string{"--build-arg a=b"}})
	if err != nil || again.CachedSteps != 2 || again.ImageID != result.ImageID {
		t.Errorf("the second time: %+v, %v", again, err)
	}
}
