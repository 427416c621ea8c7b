package newimages

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageImport implements core.NewImages. A truncated archive makes no image.
func (n *NewImages) ImageImport(ctx context.Context, req core.ImportRequest, s core.Streams) (core.NewImage, error) {
	operation := session.Operation{Invalid: checkImport(req), Long: true}
	ending := ctx // what is sent ends with it, the wait for the answer later
	return n.create(ctx, operation, req.Tag, func(ctx context.Context) (string, error) {
		if err := n.checkArchitecture(ctx, req.Platform); err != nil {
			return "", err
		}
		source, total := s.Stdin, int64(-1)
		if req.Path != "" {
			file, size, err := streams.OpenLocal(req.Path)
			if err != nil {
				return "", err
			}
			defer func() { _ = file.Close() }()
			source, total = file, size
		}
		if source == nil {
			return "", core.Errorf(core.KindInvalidArgument, "there is neither a file nor an input to import")
		}
		meter := streams.NewByteMeter(req.Progress, s.Event, total)
		sent := streams.NewSending(meter.Reader(source))
		body, end := streams.EndingWith(ending, sent)
		defer end()
		id, err := n.send(ctx, req, body)
		n.removeBroken(ctx, err)
		if failed := sent.Failure(); failed != nil && ending.Err() == nil {
			return "", failed
		}
		return id, registry.ArchiveFault(ctx, "tar archive", err)
	})
}

// checkArchitecture refuses a platform of which an old engine would ignore a part: it makes all
// images for its own processor.
func (n *NewImages) checkArchitecture(ctx context.Context, platform string) error {
	const needs = "1.42"
	if !strings.Contains(platform, "/") || !versions.LessThan(n.session.API.ClientVersion(), needs) {
		return nil
	}
	wanted, err := platforms.Parse(platform)
	if err != nil {
		return err
	}
	engine, err := n.session.API.ServerVersion(ctx)
	if err == nil && wanted.Architecture != engine.Arch {
		err = core.Errorf(core.KindInvalidArgument, "importing for %s needs API version %s: this engine makes images for %s only", platform, needs, engine.Arch)
	}
	return err
}

// broken finds the image that an engine with containerd's store leaves behind when it cannot unpack it.
var broken = regexp.MustCompile(`failed to unpack image: .*"moby-dangling@(sha256:[0-9a-f]{64})"`)

// removeBroken removes such an image. It is of this import alone: it has the time in it.
func (n *NewImages) removeBroken(ctx context.Context, err error) {
	if err == nil {
		return
	}
	if found := broken.FindStringSubmatch(err.Error()); found != nil {
		_ = n.session.CleanUp(ctx, func(ctx context.Context) error {
			_, err := n.session.API.ImageRemove(ctx, found[1], image.RemoveOptions{})
			return err
		})
	}
}

// imageID is what the engine says last.
var imageID = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (n *NewImages) send(ctx context.Context, req core.ImportRequest, archive io.Reader) (id string, err error) {
	source := image.ImportSource{Source: archive, SourceName: "-"}
	answer, err := n.session.API.ImageImport(ctx, source, "", image.ImportOptions{
		Message: req.Message, Changes: req.Changes, Platform: req.Platform,
	})
	if err != nil {
		return "", err
	}
	err = registry.EachMessage(ctx, answer, func(m *jsonmessage.JSONMessage) {
		if imageID.MatchString(m.Status) {
			id = m.Status
		}
	})
	if err == nil && id == "" {
		err = errors.New("the engine does not say which image it made")
	}
	return id, err
}

// instructions are those of a Dockerfile that say something about an image, not about its files.
var instructions = []string{
	"CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}

func checkImport(req core.ImportRequest) error {
	for _, change := range req.Changes {
		word, _, _ := strings.Cut(strings.TrimSpace(change), " ")
		if !slices.Contains(instructions, strings.ToUpper(word)) {
			return core.Errorf(core.KindInvalidArgument, "the change %q does not begin with one of %s", change, strings.Join(instructions, ", "))
		}
	}
	if err := registry.CheckNewName(req.Tag); err != nil {
		return err
	}
	return registry.CheckPlatform(req.Platform)
}
