package guard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// TestPanicsOfLaterFunctions: the test's own process is what would end.
func TestPanicsOfLaterFunctions(t *testing.T) {
	ran := make(chan string)
	say := func(what string) func() {
		return func() {
			defer func() { ran <- what }()
			panic(what)
		}
	}
	AfterFunc(time.Nanosecond, say("timer"))
	if got := <-ran; got != "timer" {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	OnDone(ctx, say("context"))
	stop := OnDone(ctx, func() { t.Error("it was stopped") })
	if !stop() {
		t.Error("it cannot be stopped")
	}
	cancel()
	if got := <-ran; got != "context" {
		t.Error(got)
	}
	if timer := AfterFunc(time.Hour, func() { t.Error("it was stopped") }); !timer.Stop() {
		t.Error("it cannot be stopped")
	}
}

func TestGroup(t *testing.T) {
	var none, some Group
	none.Run(func() error { return nil })
	if err := none.Wait(); err != nil {
		t.Error(err)
	}
	why, first := errors.New("why"), make(chan struct{})
	some.Run(func() error { defer close(first); return why })
	some.Run(func() error { <-first; panic("boom") })
	if err := some.Wait(); err == nil {
		t.Error("no error")
	}
	var panics Group
	panics.Run(func() error { panic("boom") })
	var p *Panic
	if err := panics.Wait(); !errors.As(err, &p) || p.Value != "boom" {
		t.Error(err)
	}
}

func TestRecover(t *testing.T) {
	why := errors.New("why")
	ends := func(fn func() error) (err error) {
		defer Recover(&err)
		return fn()
	}
	if err := ends(func() error { return why }); err != why {
		t.Error(err)
	}
	var p *Panic
	if err := ends(func() error { panic("boom") }); !errors.As(err, &p) || !strings.Contains(string(p.Stack), "later_test.go") {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error)          { panic("boom") }
func (broken) WriteTo(io.Writer) (int64, error)  { panic("boom") }
func readerOnly(r io.Reader) struct{ io.Reader } { return struct{ io.Reader }{r} }

func TestReader(t *testing.T) {
	var p *Panic
	for _, r := range []io.Reader{Reader(broken{}), Reader(readerOnly(broken{}))} {
		if _, err := io.Copy(io.Discard, r); !errors.As(err, &p) {
			t.Error(err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.As(err, &p) {
			t.Error(err)
		}
	}
	var out bytes.Buffer
	for _, r := range []io.Reader{Reader(strings.NewReader("text")), Reader(readerOnly(strings.NewReader("text")))} {
		if n, err := io.Copy(&out, r); n != 4 || err != nil {
			t.Error(n, err)
		}
	}
	if _, can := Reader(readerOnly(nil)).(io.WriterTo); can || out.String() != "texttext" {
		t.Error("it has another way to be read than what it is made of")
	}
}
