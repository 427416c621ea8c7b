// Package transfer moves an image from one engine to another, sending only the layers that
// the other engine lacks. It uses both engines through core, and imports registry and
// imageinfo.
package transfer

import (
	"context"
	"errors"
	"io"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/core"
)

// Transfer is one transfer.
type Transfer struct {
	From, To core.DockerClient
	// Archive starts reading an image of From as an archive. Errors of reading it name that
	// engine.
	Archive func(ctx context.Context, name string) (io.ReadCloser, error)
	// TempDir is a folder on this machine for a file as large as the image.
	TempDir string
	// Name is a reference with its tag or digest, or an ID.
	Name string
	// Event gets what happens; it may be nil.
	Event func(any)

	result core.ImageTransferResult
	loaded []string // its names on the other engine
}

// Run sends what the other engine lacks, and checks that the image exists there.
func (t *Transfer) Run(ctx context.Context) (core.ImageTransferResult, error) {
	err := t.run(ctx)
	return t.result, err
}

func (t *Transfer) run(ctx context.Context) error {
	source, err := imageinfo.Inspect(ctx, t.From, t.Name)
	if err != nil {
		return err
	}
	t.result = core.ImageTransferResult{Image: t.Name, Layers: len(source.RootFS.Layers)}
	there, err := t.present(ctx, source)
	if err != nil || there {
		return err
	}
	target, err := lookAtTarget(ctx, t.To)
	if err != nil {
		return err
	}
	archive, err := t.Archive(ctx, t.Name)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	partly := target.shared(source.RootFS.Layers) > 0
	if partly && target.containerd {
		// From an older store's archive it makes blobs of its own, and needs all layers.
		partly, err = imageinfo.ContainerdStore(ctx, t.From.Info)
	}
	switch {
	case err != nil:
	case partly:
		err = t.loadMissing(ctx, archive, target)
	default:
		err = t.load(ctx, archive)
	}
	if err != nil {
		return err
	}
	return t.confirm(ctx, source)
}

// present reports whether the other engine has the very same image, and names it there.
func (t *Transfer) present(ctx context.Context, source imageinfo.Document) (bool, error) {
	for _, name := range []string{source.ID, t.Name} {
		found, err := imageinfo.Inspect(ctx, t.To, name)
		if core.KindOf(err) == core.KindImageNotFound {
			continue
		}
		if err != nil {
			return false, err
		}
		if found.ID != source.ID && !found.Same(source) || !found.Complete(ctx, t.To, name) {
			continue
		}
		t.result.ID, t.result.Present, t.result.Reused = found.ID, true, t.result.Layers
		if name == t.Name || registry.Reference(t.Name) == nil {
			return true, nil
		}
		if _, digested := registry.Reference(t.Name).(reference.Digested); digested {
			return true, nil
		}
		return true, t.To.ImageTag(ctx, core.ImageTagRequest{Source: found.ID, Destination: t.Name})
	}
	return false, nil
}

// load sends an archive as it arrives.
func (t *Transfer) load(ctx context.Context, archive io.Reader) error {
	sent := &counting{from: archive}
	done, err := t.To.ImageLoad(ctx, core.LoadRequest{Progress: t.Event != nil}, core.Streams{Stdin: sent, Event: t.Event})
	t.result.Bytes += sent.n
	t.loaded = done.Images
	if err != nil && sent.failed != nil { // the other engine may have noticed it first
		return sent.failed
	}
	if core.KindOf(err) == core.KindInvalidArgument { // who called has given no archive
		return core.Errorf(core.KindEngineError, "%s gave no complete archive of %s: %w", t.From.Target(), t.Name, err)
	}
	return err
}

// loadMissing sends the layers that the other engine lacks. If that fails (a layer was
// removed meanwhile, or exists in another form), it sends all.
func (t *Transfer) loadMissing(ctx context.Context, archive io.Reader, target *targetLayers) error {
	t.say("reading " + t.Name + " from " + t.From.Target())
	spool, err := newSpool(t.TempDir, archive)
	if err != nil {
		return err
	}
	defer spool.close()
	left, err := spool.plan(target)
	if err != nil {
		return err
	}
	if len(left.out) > 0 {
		archive := spool.without(left)
		err := t.load(ctx, archive)
		_ = archive.Close()
		if err == nil && t.complete(ctx) {
			t.result.Reused = left.layers
			return nil
		}
		if ctx.Err() != nil || isFinal(err) {
			return err
		}
		t.say("the other engine lacks a layer: sending all of them")
	}
	return t.load(ctx, spool.whole())
}

// isFinal reports whether sending everything would cause the same error again.
func isFinal(err error) bool {
	switch core.KindOf(err) {
	case core.KindClientClosed, core.KindConnectionLost, core.KindEngineUnreachable, core.KindCancelled, core.KindOperationTimeout, core.KindPermissionDenied:
		return true
	}
	var known *core.Error
	return errors.As(err, &known) && known.Details["reason"] == "disk_full"
}

func (t *Transfer) complete(ctx context.Context) bool {
	for _, name := range t.loaded {
		if found, err := imageinfo.Inspect(ctx, t.To, name); err != nil || !found.Complete(ctx, t.To, name) {
			return false
		}
	}
	return len(t.loaded) > 0
}

// confirm checks that the other engine has the image.
func (t *Transfer) confirm(ctx context.Context, source imageinfo.Document) error {
	for _, name := range append([]string{t.Name}, t.loaded...) {
		found, err := imageinfo.Inspect(ctx, t.To, name)
		if err == nil && found.SameLayers(source) {
			t.result.ID = found.ID
			return nil
		}
		if err != nil && core.KindOf(err) != core.KindImageNotFound {
			return err
		}
	}
	return core.Errorf(core.KindEngineError, "%s accepted the archive of %s, but has no such image now", t.To.Target(), t.Name)
}

func (t *Transfer) say(message string) {
	if t.Event != nil {
		t.Event(core.StatusEvent{Event: "status", Message: message})
	}
}

type counting struct {
	from   io.Reader
	n      int64
	failed error
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}
	return n, err
}
