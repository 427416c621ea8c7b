package engine

import (
	"context"
	"errors"
	"io"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageTransfer implements core.Images. Where the other engine has some of the layers,
// the archive is kept in a temporary file of this machine, and sent without them.
func (e *Engine) ImageTransfer(ctx context.Context, req core.ImageTransferRequest, to core.DockerClient, event func(any)) (result core.ImageTransferResult, err error) {
	name, invalid := transferName(req.Image)
	if invalid == nil && to == nil {
		invalid = core.Errorf(core.KindInvalidArgument, "there is no client to transfer to")
	}
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		// After a lost connection, whichever of the two it was, it begins again with a look at what is there by now.
		return e.session.Retry(ctx, func(ctx context.Context) error {
			t := &imageTransfer{from: e, to: to, name: name, emit: event}
			if !req.Progress {
				t.emit = nil
			}
			err := t.run(ctx)
			result = t.result
			return err
		})
	})
	return result, err
}

// transferName is what is asked for: a name without a tag would be every tag of it.
func transferName(name string) (string, error) {
	if err := session.CheckImageName(name); err != nil {
		return "", err
	}
	ref, err := reference.ParseAnyReference(name)
	if err != nil {
		return "", core.Errorf(core.KindInvalidArgument, "%q is no image's name: %w", name, err)
	}
	if named, ok := ref.(reference.Named); ok {
		return reference.FamiliarString(reference.TagNameOnly(named)), nil
	}
	return name, nil
}

// imageTransfer is one transfer under way. It knows the other engine by core only.
type imageTransfer struct {
	from   *Engine
	to     core.DockerClient
	name   string // a reference with its tag or digest, or an ID
	emit   func(any)
	result core.ImageTransferResult
	loaded []string // what the other engine calls it
}

func (t *imageTransfer) run(ctx context.Context) error {
	source, err := inspectImage(ctx, t.from, t.name)
	if err != nil {
		return err
	}
	t.result = core.ImageTransferResult{Image: t.name, Layers: len(source.RootFS.Layers)}
	there, err := t.present(ctx, source)
	if err != nil || there {
		return err
	}
	target, err := lookAtTarget(ctx, t.to)
	if err != nil {
		return err
	}
	body, err := t.from.openArchive(ctx, []string{t.name}, "")
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	archive := &sourceReader{ctx: ctx, engine: t.from, from: body}
	partly := target.shared(source.RootFS.Layers) > 0
	if partly && target.containerd {
		// Of an older store's archive it makes blobs of its own, and needs all layers.
		partly, err = containerdStore(ctx, t.from.Info)
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

// present looks whether the other engine has the very image, and names it there.
func (t *imageTransfer) present(ctx context.Context, source imageDocument) (bool, error) {
	for _, name := range []string{source.ID, t.name} {
		found, err := inspectImage(ctx, t.to, name)
		if core.KindOf(err) == core.KindImageNotFound {
			continue
		}
		if err != nil {
			return false, err
		}
		if found.ID != source.ID && !found.same(source) || !found.complete(ctx, t.to, name) {
			continue
		}
		t.result.ID, t.result.Present, t.result.Reused = found.ID, true, t.result.Layers
		if name == t.name || pullable(t.name) == nil {
			return true, nil
		}
		if _, digested := pullable(t.name).(reference.Digested); digested {
			return true, nil
		}
		return true, t.to.ImageTag(ctx, core.ImageTagRequest{Source: found.ID, Destination: t.name})
	}
	return false, nil
}

// load sends an archive as it comes.
func (t *imageTransfer) load(ctx context.Context, archive io.Reader) error {
	sent := &counting{from: archive}
	done, err := t.to.ImageLoad(ctx, core.LoadRequest{Progress: t.emit != nil}, core.Streams{Stdin: sent, Event: t.emit})
	t.result.Bytes += sent.n
	t.loaded = done.Images
	return err
}

// loadMissing sends the layers that the other engine lacks. Where that does not come
// out well (a layer was removed meanwhile, or is there in another form), all are sent.
func (t *imageTransfer) loadMissing(ctx context.Context, archive io.Reader, target *targetLayers) error {
	t.say("reading " + t.name + " from " + t.from.Target())
	spool, err := newSpool(t.from.opts.Open.Environ, archive)
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

// isFinal tells errors that sending everything would meet again.
func isFinal(err error) bool {
	switch core.KindOf(err) {
	case core.KindClientClosed, core.KindConnectionLost, core.KindEngineUnreachable, core.KindCancelled, core.KindOperationTimeout, core.KindPermissionDenied:
		return true
	}
	var known *core.Error
	return errors.As(err, &known) && known.Details["reason"] == "disk_full"
}

func (t *imageTransfer) complete(ctx context.Context) bool {
	for _, name := range t.loaded {
		if found, err := inspectImage(ctx, t.to, name); err != nil || !found.complete(ctx, t.to, name) {
			return false
		}
	}
	return len(t.loaded) > 0
}

// confirm checks that the other engine has what was to be sent.
func (t *imageTransfer) confirm(ctx context.Context, source imageDocument) error {
	for _, name := range append([]string{t.name}, t.loaded...) {
		found, err := inspectImage(ctx, t.to, name)
		if err == nil && found.sameLayers(source) {
			t.result.ID = found.ID
			return nil
		}
		if err != nil && core.KindOf(err) != core.KindImageNotFound {
			return err
		}
	}
	return core.Errorf(core.KindEngineError, "%s took the archive of %s, and has no such image now", t.to.Target(), t.name)
}

func (t *imageTransfer) say(message string) {
	if t.emit != nil {
		t.emit(core.StatusEvent{Event: "status", Message: message})
	}
}

// sourceReader makes errors of reading name the engine that is read from.
type sourceReader struct {
	ctx    context.Context
	engine *Engine
	from   io.Reader
}

func (r *sourceReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.engine.session.Fail(r.ctx, err)
	}
	return n, err
}

type counting struct {
	from io.Reader
	n    int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
