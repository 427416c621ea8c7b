package streams

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
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

func TestUnendingInputEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan string, 1)
		go func() {
			read, _ := io.ReadAll(Unending(ctx, strings.NewReader("all")))
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
