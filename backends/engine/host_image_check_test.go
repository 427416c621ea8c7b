package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// impostor imports something else by the name of the agent's image, and gives its ID.
func impostor(t *testing.T, e *Engine, ref string, changes ...string) string {
	t.Helper()
	var out bytes.Buffer
	files := tar.NewWriter(&out)
	evil := []byte("#!/bin/sh\necho evil >/host/pwned\n")
	err := errors.Join(
		files.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: hostProgram[1:], Mode: 0o755, Size: int64(len(evil))}),
		second(files.Write(evil)), files.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	progress, err := e.api.ImageImport(t.Context(), image.ImportSource{Source: &out, SourceName: "-"}, ref, image.ImportOptions{
		Message: hostImageComment, Changes: append(changes, "LABEL "+LabelHostAgent+"=1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.ReadFrom(progress); err != nil {
		t.Fatal(err)
	}
	_ = progress.Close()
	info, err := e.api.ImageInspect(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.api.ImageRemove(t.Context(), info.ID, image.RemoveOptions{Force: true}) })
	return info.ID
}

// TestAgentIsNotTrustedByItsName: what somebody loaded by the name of the agent's image
// is not run: the agent's own is, and containers are made of it by its ID.
func TestAgentIsNotTrustedByItsName(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		if err := e.session.Negotiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		ref, _, err := e.prepareHost(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := impostor(t, e, ref)
		folder := t.TempDir()
		if err := upload(t, e, someFile(t, t.TempDir(), "f", 100), filepath.Join(folder, "f")); err != nil {
			t.Fatal(err)
		}
		wantNames(t, folder, "f")
		id, err := e.hostContainer(t.Context(), []string{"serve"}, lookBind(folder, hostFolder))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { removeNow(t, e, id) })
		made, err := e.api.ContainerInspect(t.Context(), id)
		if err != nil || made.Image == other || made.Config.Image != e.host.image || !strings.HasPrefix(e.host.image, "sha256:") {
			t.Errorf("made of %s (%s), not of %s; the other is %s, %v", made.Image, made.Config.Image, e.host.image, other, err)
		}
	})
}

// TestAgentThatCannotBeHad: an engine that has another image after each import runs nothing.
func TestAgentThatCannotBeHad(t *testing.T) {
	onEngines(t, func(t *testing.T, _ *Engine, on bed.Engine) {
		engine := openEngine(t, altered(t, on, func(path string, answer []byte) []byte {
			if !strings.Contains(path, hostImageName) {
				return answer
			}
			return bytes.ReplaceAll(answer, []byte(`"Layers":["sha256:`), []byte(`"Layers":["sha256:00`))
		}))
		folder := t.TempDir()
		err := upload(t, engine, someFile(t, t.TempDir(), "f", 100), folder)
		var known *core.Error
		if !errors.As(err, &known) || known.Details["reason"] != "other_image" {
			t.Error(err)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%v, %v", left, err)
		}
	})
}

func TestWhatCountsAsTheAgent(t *testing.T) {
	layer := digest.FromString("agent")
	good := func() imageinfo.Document {
		d := imageinfo.Document{ID: "sha256:x", Config: imageinfo.Config{Labels: map[string]string{LabelHostAgent: "1"}}}
		d.RootFS.Layers = []digest.Digest{layer}
		return d
	}
	for name, c := range map[string]struct {
		change func(d *imageinfo.Document)
		want   bool
	}{
		"the agent":        {func(*imageinfo.Document) {}, true},
		"a default path":   {func(d *imageinfo.Document) { d.Config.Env = []string{defaultPath} }, true},
		"empty lists":      {func(d *imageinfo.Document) { d.Config.Cmd, d.Config.Env = []string{}, []string{} }, true},
		"another layer":    {func(d *imageinfo.Document) { d.RootFS.Layers = []digest.Digest{digest.FromString("evil")} }, false},
		"one layer more":   {func(d *imageinfo.Document) { d.RootFS.Layers = append(d.RootFS.Layers, layer) }, false},
		"no layer":         {func(d *imageinfo.Document) { d.RootFS.Layers = nil }, false},
		"no ID":            {func(d *imageinfo.Document) { d.ID = "" }, false},
		"a variable":       {func(d *imageinfo.Document) { d.Config.Env = []string{defaultPath, "GODEBUG=x"} }, false},
		"a health check":   {func(d *imageinfo.Document) { d.Config.Healthcheck = map[string]any{"Test": []any{"CMD", "/agent"}} }, false},
		"a volume":         {func(d *imageinfo.Document) { d.Config.Volumes = map[string]struct{}{hostProgram: {}} }, false},
		"a trigger":        {func(d *imageinfo.Document) { d.Config.OnBuild = []string{"RUN x"} }, false},
		"another label":    {func(d *imageinfo.Document) { d.Config.Labels["x"] = "y" }, false},
		"without a label":  {func(d *imageinfo.Document) { d.Config.Labels = nil }, false},
		"another user":     {func(d *imageinfo.Document) { d.Config.User = "1" }, false},
		"an entrypoint":    {func(d *imageinfo.Document) { d.Config.Entrypoint = []string{"/x"} }, false},
		"another to stop":  {func(d *imageinfo.Document) { d.Config.StopSignal = "SIGKILL" }, false},
		"a port to expose": {func(d *imageinfo.Document) { d.Config.ExposedPorts = map[string]struct{}{"1/tcp": {}} }, false},
	} {
		d := good()
		if c.change(&d); isAgent(d, layer) != c.want {
			t.Errorf("%s: %t", name, !c.want)
		}
	}
	var a, b bytes.Buffer
	if err := errors.Join(hostFiles(&a, []byte("program")), hostFiles(&b, []byte("program"))); err != nil || !reflect.DeepEqual(a.Bytes(), b.Bytes()) {
		t.Errorf("the same program gives two layers (%v)", err)
	}
}

func second(_ int, err error) error { return err }
