package streams

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

// TestTerminalIsToldTheEndOfItsInputOnly: an input that was given up has not ended, and ^D would
// end a program that goes on without whoever was attached.
func TestTerminalIsToldTheEndOfItsInputOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for name, c := range map[string]struct {
			from io.Reader
			want string
		}{
			"an end":                     {strings.NewReader("a\n"), "a\n\x04"},
			"an end within a line":       {strings.NewReader("a"), "a\x04\x04"},
			"given up":                   {io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(io.ErrClosedPipe)), "a\n"},
			"left by whoever attached":   {Unending(left(t), strings.NewReader("a\n")), "a\n"},
			"left before the input ends": {Unending(left(t), strings.NewReader("")), ""},
		} {
			feeding, over := context.WithCancel(ctx)
			var got bytes.Buffer
			done := make(chan struct{})
			go func() {
				defer close(done)
				FeedTerminal(feeding, &got, c.from)
			}()
			synctest.Wait()
			over()
			<-done
			if got.String() != c.want {
				t.Errorf("%s: %q, want %q", name, got.String(), c.want)
			}
		}
	})
}

// left returns a context that has ended, although the feeding has not.
func left(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
