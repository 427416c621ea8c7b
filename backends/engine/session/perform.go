package session

import (
	"context"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/core"
)

// Operation is what Perform must know about an operation. Its name is in the context, see
// core.WithOperation.
type Operation struct {
	// Container names the container that the operation is about. Perform checks the name, and
	// removes the "/" that engines put in front.
	Container *string
	// Image names the image that the operation is about. The name is checked.
	Image *string
	// Invalid is the error of another argument: then nothing is sent.
	Invalid error
	// Timeout is the time limit in seconds; 0 means none.
	Timeout float64
	// Repeat says that the operation is idempotent: it is repeated if the connection is lost
	// before the answer arrived.
	Repeat bool
	// Long says that the operation may last as long as a container, a build or a transfer.
	// The others, which are answered at once, share a bounded number of places.
	Long bool
	// WithoutEngine says that the operation may not need the engine: it does not wait for
	// the engine's first answer.
	WithoutEngine bool
}

// Perform does an operation. Its errors are *core.Error with the operation's name and target.
func (s *Session) Perform(ctx context.Context, o Operation, do func(ctx context.Context) error) error {
	if s.IsClosed() {
		return s.Fail(context.WithoutCancel(ctx), core.ClosedError())
	}
	ctx, end := s.begin(ctx, o.Timeout)
	defer end()
	return s.Fail(ctx, s.perform(ctx, o, do))
}

func (s *Session) perform(ctx context.Context, o Operation, do func(ctx context.Context) error) error {
	if err := o.check(); err != nil {
		return err
	}
	if !o.WithoutEngine {
		if err := s.Retry(ctx, s.Negotiate); err != nil {
			return err
		}
	}
	if !o.Long {
		select {
		case s.short <- struct{}{}:
			defer func() { <-s.short }()
		case <-ctx.Done():
			return core.ContextError(ctx, "")
		}
	}
	if o.Repeat {
		return s.Retry(ctx, do)
	}
	return do(ctx)
}

func (o Operation) check() (err error) {
	if o.Container != nil {
		if *o.Container, err = core.ContainerName(*o.Container); err != nil {
			return err
		}
	}
	if o.Image != nil {
		if err := CheckImageName(*o.Image); err != nil {
			return err
		}
	}
	return o.Invalid
}

// CheckImageName refuses what is neither an image's reference nor its ID. A name must not
// reach the engine unchecked: in a URL, ".." would turn the request into another one.
func CheckImageName(name string) error {
	if name == "" {
		return core.Errorf(core.KindInvalidArgument, "the image's name is empty")
	}
	if _, err := reference.ParseAnyReference(name); err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is not a valid image name: %w", name, err)
	}
	return nil
}
