package agent

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/image"
	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/built"
	"github.com/proboscis/ml_nexus_go/core"
)

// The agent's image contains its program and the folder where the host's folder is
// mounted. A client imports it if it is missing, so that the engine needs no preparation,
// and removes it when it is closed.
const (
	Label     = "ml-nexus-go.host-agent" // of the image, and so of what is made from it
	ImageName = "ml-nexus-go-host-agent" // without its tag
	Program   = "/agent"                 // in the image
	Folder    = "/host"                  // in the image; where a container has its folder of the host

	imageDigits = 12
	// The engine keeps it with an imported image, not with what is made from it.
	imageComment = "agent of ml_nexus_go"
)

// Prepare finds out which image the engine's host needs, and whether the engine runs without
// the rights of root.
func (h *Helpers) Prepare(ctx context.Context) (ref string, rootless bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ref != "" {
		return h.ref, h.rootless, nil
	}
	version, err := h.session.API.ServerVersion(ctx)
	if err != nil {
		return "", false, err
	}
	if version.Os != "linux" {
		return "", false, core.Errorf(core.KindEngineError, "files on the host, and ports, of an engine for %s are not supported", version.Os)
	}
	info, err := h.session.Info(ctx)
	if err != nil {
		return "", false, err
	}
	program, err := programFor(version.Arch)
	if err != nil {
		return "", false, err
	}
	sum := sha256.Sum256(program)
	layer := digest.SHA256.Digester()
	if err := rootFiles(layer.Hash(), program); err != nil {
		return "", false, err
	}
	h.layer = layer.Digest()
	h.arch = version.Arch
	if h.dataRoot == "" {
		h.dataRoot = info.DockerRootDir
	}
	has := func(option string) bool {
		return slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.Contains(o, "name="+option) })
	}
	h.rootless, h.remapped = has("rootless"), has("userns")
	h.ref = ImageName + ":" + hex.EncodeToString(sum[:])[:imageDigits]
	return h.ref, h.rootless, nil
}

func programFor(arch string) ([]byte, error) {
	if !slices.Contains(built.Architectures, arch) {
		return nil, core.Errorf(core.KindEngineError,
			"files on the host, and ports of containers, can be reached through engines for %s, and this one is for %s (for files, use ssh://)", strings.Join(built.Architectures, " and "), arch)
	}
	program, err := built.Agent(arch)
	if err != nil {
		return nil, core.Errorf(core.KindInternalError, "this library was built without its agent for %s: build it with build.sh", arch)
	}
	return program, nil
}

// importImage makes the agent's image, unless another caller has done so since there were
// so many imports: a second import would take the name from the first.
func (h *Helpers) importImage(ctx context.Context, ref string, imports int64) error {
	h.importing.Lock()
	defer h.importing.Unlock()
	if h.imports.Load() != imports {
		return nil
	}
	defer h.imports.Add(1)
	program, err := programFor(h.arch)
	if err != nil {
		return err
	}
	content, err := imageArchive(program)
	if err != nil {
		return err
	}
	progress, err := h.session.API.ImageImport(ctx, image.ImportSource{Source: content, SourceName: "-"}, ref, image.ImportOptions{
		Message: imageComment, Changes: []string{"LABEL " + Label + "=1"}, Platform: "linux/" + h.arch,
	})
	if err != nil {
		return unlessImported(err, err.Error())
	}
	defer func() { _ = progress.Close() }()
	for messages := json.NewDecoder(progress); ; {
		var message struct {
			Error string `json:"error"`
		}
		switch err := messages.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case message.Error != "":
			return unlessImported(core.Errorf(core.KindEngineError, "the engine cannot import the agent's image: %s", message.Error), message.Error)
		}
	}
}

// unlessImported returns the error of an import, unless another client imported the image just
// then: containerd's store says that the name is in use.
func unlessImported(err error, said string) error {
	if strings.Contains(said, "AlreadyExists") {
		return nil
	}
	return err
}

// imageArchive returns the root file system as a compressed tar.
func imageArchive(program []byte) (io.Reader, error) {
	var out bytes.Buffer
	packed, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		err = errors.Join(rootFiles(packed, program), packed.Close())
	}
	return &out, err
}

// rootFiles writes the root file system as a tar, always the same for a program.
func rootFiles(to io.Writer, program []byte) error {
	files := tar.NewWriter(to)
	err := errors.Join(
		files.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: Folder[1:] + "/", Mode: 0o755}),
		files.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: Program[1:], Mode: 0o755, Size: int64(len(program))}),
	)
	if err == nil {
		_, err = files.Write(program)
	}
	return errors.Join(err, files.Close())
}
