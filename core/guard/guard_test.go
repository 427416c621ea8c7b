package guard

import (
	"errors"
	"strings"
	"testing"
)

func TestGoPassesAPanicOn(t *testing.T) {
	got := make(chan *Panic)
	Go(func() { panic("boom") }, func(p *Panic) { got <- p })
	p := <-got
	if p.Value != "boom" || !strings.Contains(string(p.Stack), "guard_test.go") {
		t.Errorf("%v\n%s", p.Value, p.Stack)
	}
	var asError *Panic
	if err := error(p); !errors.As(err, &asError) || err.Error() != "panic: boom" {
		t.Errorf("%v", err)
	}
}

func TestGoWithoutAListener(t *testing.T) {
	done := make(chan struct{})
	Go(func() { defer close(done); panic("nobody listens") }, nil)
	<-done
}

func TestCall(t *testing.T) {
	if p := Call(func() {}); p != nil {
		t.Errorf("a panic out of nothing: %v", p)
	}
	if p := Call(func() { var p *int; *p = 1 }); p == nil {
		t.Error("a panic was lost")
	}
}
