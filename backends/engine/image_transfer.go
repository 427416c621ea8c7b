package engine

import (
	"context"
	"errors"
	"io"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/transfer"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageTransfer implements core.Images. If the other engine has some of the layers, the
// archive is kept in a temporary file on this machine, and sent without them.
func (e *Engine) ImageTransfer(ctx context.Context, req core.ImageTransferRequest, to core.DockerClient, event func(any)) (result core.ImageTransferResult, err error) {
	name, invalid := transferName(req.Image)
	if invalid == nil && to == nil {
		invalid = core.Errorf(core.KindInvalidArgument, "there is no client to transfer to")
	}
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		// After a lost connection, whichever of the two it was, it begins again with a look at what is there by now.
		return e.session.Retry(ctx, func(ctx context.Context) error {
			t := &transfer.Transfer{From: e, To: to, Archive: e.readArchive, TempDir: tempDir(e.opts.Open.Environ), Name: name}
			if req.Progress {
				t.Event = event
			}
			result, err = t.Run(ctx)
			return err
		})
	})
	return result, err
}

// transferName returns the name to request: a name without a tag would mean all its tags.
func transferName(name string) (string, error) {
	if err := session.CheckImageName(name); err != nil {
		return "", err
	}
	ref, err := reference.ParseAnyReference(name)
	if err != nil {
		return "", core.Errorf(core.KindInvalidArgument, "%q is not a valid image name: %w", name, err)
	}
	if named, ok := ref.(reference.Named); ok {
		return reference.FamiliarString(reference.TagNameOnly(named)), nil
	}
	return name, nil
}

// readArchive starts reading an image as an archive.
func (e *Engine) readArchive(ctx context.Context, name string) (io.ReadCloser, error) {
	body, err := e.openArchive(ctx, []string{name}, "")
	if err != nil {
		return nil, err
	}
	return &sourceReader{ReadCloser: body, ctx: ctx, session: e.session}, nil
}

// sourceReader makes read errors name the engine that is read from.
type sourceReader struct {
	io.ReadCloser
	ctx     context.Context
	session *session.Session
}

func (r *sourceReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.session.Fail(r.ctx, err)
	}
	return n, err
}

// tempDir returns the caller's folder for temporary files that may be large.
func tempDir(environ core.Environ) string {
	if dir := environ.Get("TMPDIR"); dir != "" {
		return dir
	}
	return "/var/tmp"
}
