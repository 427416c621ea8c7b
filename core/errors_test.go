package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
)

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"m":         {Message: "m"},
		"o: m":      {Op: "o", Message: "m"},
		"o on t: m": {Op: "o", Target: "t", Message: "m"},
		"m, too":    {Target: "t", Message: "m, too"},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}

func TestErrorf(t *testing.T) {
	err := Errorf(KindConnectionLost, "reading %s: %w", "x", io.ErrUnexpectedEOF)
	if err.Kind != KindConnectionLost || err.Message != "reading x: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%+v", err)
	}
	if Errorf(KindConflict, "plain").Unwrap() != nil {
		t.Error("a cause out of nothing")
	}
}

func TestKindOf(t *testing.T) {
	wrapped := fmt.Errorf("outer: %w", Errorf(KindConflict, "inner"))
	for want, err := range map[Kind]error{"": nil, KindConflict: wrapped} {
		if got := KindOf(err); got != want {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := KindOf(io.EOF); got != "" {
		t.Errorf("a foreign error has kind %q", got)
	}
}

func TestErrorJSON(t *testing.T) {
	err := Errorf(KindNotFound, "m").With("code", 7)
	err.Op = "o"
	got, marshalErr := json.Marshal(err)
	const want = `{"kind":"NotFound","op":"o","message":"m","details":{"code":7}}`
	if marshalErr != nil || string(got) != want {
		t.Errorf("%s, %v", got, marshalErr)
	}
}

func TestContextError(t *testing.T) {
	closed, end := context.WithCancelCause(t.Context())
	end(ClosedError())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	for name, c := range map[string]struct {
		ctx     context.Context
		doing   string
		kind    Kind
		message string
		is      error
	}{
		"its cause":       {closed, "reading", KindClientClosed, "the client is closed: open another with connect()", nil},
		"cancelled":       {cancelled, "", KindCancelled, "cancelled", context.Canceled},
		"cancelled doing": {cancelled, "reading", KindCancelled, "reading: cancelled", context.Canceled},
		"late":            {late, "", KindOperationTimeout, "not done in time", context.DeadlineExceeded},
		"late doing":      {late, "reading", KindOperationTimeout, "reading: not done in time", context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			err := ContextError(c.ctx, c.doing)
			if err.Kind != c.kind || err.Message != c.message || !errors.Is(err.Err, c.is) {
				t.Errorf("%q: %q, %v", err.Kind, err.Message, err.Err)
			}
		})
	}
}

// TestALostConnectionIsNoEnd: readers go by io.EOF.
func TestALostConnectionIsNoEnd(t *testing.T) {
	for _, cause := range []error{io.EOF, fmt.Errorf("failed to send packet: %w", io.EOF)} {
		if err := Errorf(KindConnectionLost, "the connection was lost: %w", cause); errors.Is(err, io.EOF) {
			t.Errorf("%v is the end of a file", err)
		}
	}
	for _, cause := range []error{&fs.PathError{Err: io.EOF}, errors.Join(fs.ErrClosed, io.EOF)} {
		err, path := Errorf(KindConnectionLost, "the connection was lost: %w", cause), (*fs.PathError)(nil)
		if errors.As(err, &path) == errors.Is(err, fs.ErrClosed) || errors.Is(err, io.EOF) {
			t.Errorf("what else %v has is not found", cause)
		}
	}
	if err := Errorf(KindConnectionLost, "the connection was lost: %w", io.ErrUnexpectedEOF); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is not known")
	}
}
