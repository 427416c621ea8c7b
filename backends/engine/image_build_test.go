package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// buildContext makes a folder with files.
func buildContext(t testing.TB, files map[string]string) string {
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

// imageName is removed with the test.
func imageName(t testing.TB, e *Engine) string {
	t.Helper()
	name := "mlng-test/" + uuid.NewString() + ":v1"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), longest)
		defer cancel()
		_, err := e.ImageRemove(ctx, core.ImageRemoveRequest{Image: name, Force: true})
		if err != nil && core.KindOf(err) != core.KindImageNotFound {
			t.Errorf("%s stays behind: %v", name, err)
		}
	})
	return name
}

func TestBuildFailureShowsTheDockerfile(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		context := buildContext(t, map[string]string{"Dockerfile": "FROM mlng-busybox\nRUN echo " + uuid.NewString() + " && \\\n    echo last words && exit 7\n"})
		_, err := e.ImageBuild(t.Context(), core.BuildRequest{Context: context, Tag: imageName(t, e)}, core.Streams{})
		known, ok := err.(*core.Error)
		if !ok || known.Kind != core.KindBuildFailed {
			t.Fatalf("got %v", err)
		}
		d := known.Details
		source, _ := d["source"].(string)
		if d["exit_code"] != 7 || d["line"] != 2 || !strings.Contains(source, ">>> RUN echo") {
			t.Errorf("got %v", d)
		}
		if !strings.Contains(known.Message, "last words") || !strings.Contains(d["log"].(string), "last words") {
			t.Errorf("got %v", known)
		}
	})
}

func TestFailedStepLeavesNoContainer(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		word := uuid.NewString()
		context := buildContext(t, map[string]string{"Dockerfile": "FROM mlng-busybox\nRUN echo " + word + " && exit 7\n"})
		_, err := e.ImageBuild(t.Context(), core.BuildRequest{Context: context, Builder: "classic", Tag: imageName(t, e)}, core.Streams{})
		if core.KindOf(err) != core.KindBuildFailed {
			t.Fatalf("got %v", err)
		}
		all, err := e.api.ContainerList(t.Context(), container.ListOptions{All: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if strings.Contains(c.Command, word) {
				t.Errorf("%v stays behind", c.Names)
			}
		}
	})
}

// TestClassicBuildWhoseImageWasLost builds again where an engine with containerd's store does
// not find what its own last step made.
func TestClassicBuildWhoseImageWasLost(t *testing.T) {
	t.Parallel()
	lost := []byte(`{"errorDetail":{"message":"unable to find image \"sha256:` + strings.Repeat("0", 64) + `\""}}`)
	for _, times := range []int{1, session.LeaseTries} {
		builds := 0
		on := altered(t, bed.Load(t).Engine(t, "engine-new"), func(at string, answer []byte) []byte {
			if !strings.HasSuffix(at, "/build") {
				return answer
			}
			if builds++; builds <= times {
				return lost
			}
			return answer
		})
		e := openEngine(t, on)
		context := buildContext(t, map[string]string{"Dockerfile": "FROM mlng-busybox\nENV A=" + uuid.NewString() + "\n"})
		_, err := e.ImageBuild(t.Context(), core.BuildRequest{Context: context, Builder: "classic", Tag: imageName(t, e)}, core.Streams{})
		if times < session.LeaseTries && (err != nil || builds != times+1) {
			t.Errorf("%d builds, %v", builds, err)
		}
		if times == session.LeaseTries && (builds != times || core.KindOf(err) != core.KindEngineError || !strings.Contains(err.Error(), "try again")) {
			t.Errorf("%d builds, %v", builds, err)
		}
	}
}
