package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
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
		files.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: agent.Program[1:], Mode: 0o755, Size: int64(len(evil))}),
		second(files.Write(evil)), files.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	progress, err := e.api.ImageImport(t.Context(), image.ImportSource{Source: &out, SourceName: "-"}, ref, image.ImportOptions{
		Message: "agent of ml_nexus_go", Changes: append(changes, "LABEL "+agent.Label+"=1"),
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
	t.Cleanup(func() { _, _ = e.api.ImageRemove(context.Background(), info.ID, image.RemoveOptions{Force: true}) })
	return info.ID
}

// TestAgentIsNotTrustedByItsName: what somebody loaded by the name of the agent's image
// is not run: the agent's own is, and containers are made of it by its ID.
func TestAgentIsNotTrustedByItsName(t *testing.T) {
	onOwnEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		if err := e.session.Negotiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		ref, _, err := e.agents.Prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := impostor(t, e, ref)
		folder := t.TempDir()
		if err := upload(t, e, someFile(t, t.TempDir(), "f", 100), filepath.Join(folder, "f")); err != nil {
			t.Fatal(err)
		}
		wantNames(t, folder, "f")
		id, err := e.agents.FileContainer(t.Context(), []string{"serve"}, agent.BindReadOnly(folder, agent.Folder))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { removeNow(t, e, id) })
		own, err := e.api.ImageInspect(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		made, err := e.api.ContainerInspect(t.Context(), id)
		if err != nil || made.Image == other || made.Config.Image != own.ID || !strings.HasPrefix(own.ID, "sha256:") {
			t.Errorf("made of %s (%s), not of %s; the other is %s, %v", made.Image, made.Config.Image, own.ID, other, err)
		}
	})
}

// TestAgentThatCannotBeHad: an engine that has another image after each import runs nothing.
func TestAgentThatCannotBeHad(t *testing.T) {
	onOwnEngines(t, func(t *testing.T, _ *Engine, on bed.Engine) {
		engine := openEngine(t, altered(t, on, func(path string, answer []byte) []byte {
			if !strings.Contains(path, agent.ImageName) {
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

func second(_ int, err error) error { return err }
