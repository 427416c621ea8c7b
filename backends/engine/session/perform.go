package session

import (
	"context"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/core"
)

// Operation is what Perform must know of an operation. Its name comes with the context, see
// core.WithOperation.
type Operation struct {
	// Container names the container that the operation is about. The name is checked, and
	// freed of the "/" that engines put in front.
	Container *string
	// Image names the image that the operation is about. The name is checked.
	Image *string
	// Invalid says what is wrong with another argument: nothing is sent then.
	Invalid error
	// Timeout is the time limit in seconds; 0 means none.
	Timeout float64
	// Repeat says that the operation may be done twice: it is done again where the
	// connection is lost before the answer is there.
	Repeat bool
	// Long says that the operation may last as long as a container, a build or a transfer
	// does. The others, which are answered at once, share a bounded number of places.
	Long bool
	// WithoutEngine says that the operation may do without the engine: its first answer is
	// not waited for.
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

// CheckImageName refuses what is neither an image's reference nor its ID. It must not
// reach the engine unchecked: in a URL ".." would make the request another one.
func CheckImageName(name string) error {
	if name == "" {
		return core.Errorf(core.KindInvalidArgument, "the image's name is empty")
	}
	if _, err := reference.ParseAnyReference(name); err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is no image's name: %w", name, err)
	}
	return nil
}
