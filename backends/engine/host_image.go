package engine

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
	"sync"
	"sync/atomic"

	"github.com/docker/docker/api/types/image"
	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/built"
	"github.com/proboscis/ml_nexus_go/core"
)

// The image of the agent: its program and the folder where the host's folder is
// mounted. A client imports it where it is missing, so that nothing needs to be on the
// engine, and removes it when it is closed.
const (
	LabelHostAgent  = "ml-nexus-go.host-agent" // on the image
	hostImageName   = "ml-nexus-go-host-agent"
	hostProgram     = "/agent"
	hostFolder      = "/host"
	hostImageDigits = 12
	// The engine keeps it with an image that is imported, not with what is made of it.
	hostImageComment = "agent of ml_nexus_go"
)

// hostSupport is what a client knows of its engine for files on the host.
type hostSupport struct {
	mu       sync.Mutex
	ref      string        // of the agent's image; "" is not known yet
	layer    digest.Digest // of that image: what is in it
	image    string        // its ID on the engine; "" where that has to be looked for
	arch     string
	rootless bool
	dataRoot string // "" is not known yet
	sessions int    // that are open

	importing sync.Mutex
	imports   atomic.Int64 // so far
}

// prepare finds out which agent the engine's host needs.
func (e *Engine) prepareHost(ctx context.Context) (ref string, rootless bool, err error) {
	h := &e.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ref != "" {
		return h.ref, h.rootless, nil
	}
	version, err := e.api.ServerVersion(ctx)
	if err != nil {
		return "", false, err
	}
	if version.Os != "linux" {
		return "", false, core.Errorf(core.KindEngineError, "files on the host of an engine for %s are not supported", version.Os)
	}
	info, err := e.api.Info(ctx)
	if err != nil {
		return "", false, err
	}
	program, err := hostAgent(version.Arch)
	if err != nil {
		return "", false, err
	}
	sum := sha256.Sum256(program)
	layer := digest.SHA256.Digester()
	if err := hostFiles(layer.Hash(), program); err != nil {
		return "", false, err
	}
	h.layer = layer.Digest()
	h.arch = version.Arch
	if h.dataRoot == "" {
		h.dataRoot = info.DockerRootDir
	}
	h.rootless = slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.Contains(o, "name=rootless") })
	h.ref = hostImageName + ":" + hex.EncodeToString(sum[:])[:hostImageDigits]
	return h.ref, h.rootless, nil
}

func hostAgent(arch string) ([]byte, error) {
	if !slices.Contains(built.Architectures, arch) {
		return nil, core.Errorf(core.KindEngineError,
			"files on the host can be reached through the engine on %s only, and this one is for %s: use ssh://", strings.Join(built.Architectures, " and "), arch)
	}
	program, err := built.Agent(arch)
	if err != nil {
		return nil, core.Errorf(core.KindInternalError, "this library was built without its agent for %s: build it by build.sh", arch)
	}
	return program, nil
}

// importHostImage makes the agent's image, unless another caller did since there were
// so many imports: a second one would take the name from the first.
func (e *Engine) importHostImage(ctx context.Context, ref string, imports int64) error {
	e.host.importing.Lock()
	defer e.host.importing.Unlock()
	if e.host.imports.Load() != imports {
		return nil
	}
	defer e.host.imports.Add(1)
	program, err := hostAgent(e.host.arch)
	if err != nil {
		return err
	}
	content, err := hostImage(program)
	if err != nil {
		return err
	}
	progress, err := e.api.ImageImport(ctx, image.ImportSource{Source: content, SourceName: "-"}, ref, image.ImportOptions{
		Message: hostImageComment, Changes: []string{"LABEL " + LabelHostAgent + "=1"}, Platform: "linux/" + e.host.arch,
	})
	if err != nil {
		return err
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
			return core.Errorf(core.KindEngineError, "the engine cannot import the agent's image: %s", message.Error)
		}
	}
}

// hostImage is the root file system as a compressed tar.
func hostImage(program []byte) (io.Reader, error) {
	var out bytes.Buffer
	packed, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		err = errors.Join(hostFiles(packed, program), packed.Close())
	}
	return &out, err
}

// hostFiles is the root file system as a tar, always the same for a program.
func hostFiles(to io.Writer, program []byte) error {
	files := tar.NewWriter(to)
	err := errors.Join(
		files.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: hostFolder[1:] + "/", Mode: 0o755}),
		files.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: hostProgram[1:], Mode: 0o755, Size: int64(len(program))}),
	)
	if err == nil {
		_, err = files.Write(program)
	}
	return errors.Join(err, files.Close())
}
