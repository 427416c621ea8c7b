package streams

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestInputKnowsWhetherItWasUsed(t *testing.T) {
	input := TrackInput(strings.NewReader("x"))
	select {
	case <-input.Used():
		t.Fatal("nothing was read")
	default:
	}
	if _, err := io.ReadAll(input.Reader()); err != nil {
		t.Fatal(err)
	}
	<-input.Used()
	if TrackInput(nil).Reader() != nil || Unending(t.Context(), nil) != nil {
		t.Error("there is an input")
	}
}

// TestUnendingInputFailsWithItsContext: an end would be told to the terminal that it feeds.
func TestUnendingInputFailsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan string, 1)
		go func() {
			read, err := io.ReadAll(Unending(ctx, strings.NewReader("all")))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			done <- string(read)
		}()
		synctest.Wait()
		if len(done) > 0 {
			t.Error("it has ended")
		}
		cancel()
		if got := <-done; got != "all" {
			t.Errorf("got %q", got)
		}
	})
}

func TestSkipFromLaterInALog(t *testing.T) {
	var got bytes.Buffer
	counter := NewCounter(&got)
	if _, err := counter.Write([]byte("cd")); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 3, 8} {
		skip := SkipFrom(counter, 2)
		for log := []byte("abcdefg"); len(log) > 0; {
			n, err := skip.Write(log[:min(size, len(log))])
			if err != nil || n != min(size, len(log)) {
				t.Fatal(n, err)
			}
			log = log[n:]
		}
		if got.String() != "cdefg" || string(counter.Head()) != "cdefg" || skip.Missing() != 0 {
			t.Errorf("got %q, head %q", got.String(), counter.Head())
		}
	}
	if _, err := SkipFrom(counter, 1).Write([]byte("abcdefg")); err != ErrOtherLog {
		t.Errorf("got %v", err)
	}
}

func TestInputThatHasNotArrivedIsCut(t *testing.T) {
	lost := errors.New("lost")
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			from    io.Reader
			read    int64
			arrival error
			says    string
		}{
			"no input":              {nil, 0, lost, ""},
			"not at its end":        {strings.NewReader("abc"), 2, nil, "still read input"},
			"empty":                 {strings.NewReader(""), 1, lost, ""},
			"it is not known":       {strings.NewReader("abc"), 4, lost, "of its 3 bytes"},
			"all has arrived":       {strings.NewReader("abc"), 4, nil, ""},
			"the end with the last": {iotest.DataErrReader(strings.NewReader("abc")), 4, nil, ""},
		} {
			input := TrackInput(c.from)
			input.Confirm(t.Context(), func(context.Context) error { return c.arrival })
			if c.from != nil {
				_, _ = io.CopyN(io.Discard, input.Reader(), c.read)
			}
			time.Sleep(2 * settling)
			synctest.Wait()
			err := input.Cut(lost)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", name, err)
			}
			var known *core.Error
			if errors.As(err, &known) && (known.Kind != core.KindConnectionLost || known.Details["reason"] != "input_lost" || known.Details["input_bytes"] != min(c.read, 3)) {
				t.Errorf("%s: %s, %v", name, known.Kind, known.Details)
			}
		}
	})
}

// TestInputIsNotAtItsEndBeforeAllIsWritten: what comes together with the end is yet to be written.
func TestInputIsNotAtItsEndBeforeAllIsWritten(t *testing.T) {
	input := TrackInput(iotest.DataErrReader(strings.NewReader("abc")))
	if n, err := input.Read(make([]byte, 9)); n != 3 || err != nil || input.hasEnded() {
		t.Errorf("%d, %v, ended: %t", n, err, input.hasEnded())
	}
	if n, err := input.Read(make([]byte, 9)); n != 0 || err != io.EOF || !input.hasEnded() {
		t.Errorf("%d, %v, ended: %t", n, err, input.hasEnded())
	}
}
