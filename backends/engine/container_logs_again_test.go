package engine

import (
	"io"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

const stamped = "2026-01-02T03:04:05.678901234Z a line\n"

func TestTheLastLinesAreReadOnFromTheFirstOne(t *testing.T) {
	p := newLogPosition(container.LogsOptions{Follow: true, Tail: "5"}, false)
	if asked, err := p.next(false); err != nil || asked.Tail != "5" || !asked.Timestamps {
		t.Fatalf("%+v, %v", asked, err)
	}
	if _, err := io.WriteString(p.watch(io.Discard), stamped); err != nil {
		t.Fatal(err)
	}
	if asked, err := p.next(true); err != nil || asked.Tail != "" || asked.Since != "1767323045.678901234" {
		t.Errorf("%+v, %v", asked, err)
	}
}

func TestTheLastLinesCannotBeReadOn(t *testing.T) {
	for name, asked := range map[string]container.LogsOptions{
		"no line has come": {Follow: true, Tail: "5"},
		"not followed":     {Tail: "5"},
	} {
		p := newLogPosition(asked, false)
		if _, err := p.next(false); err != nil {
			t.Fatal(err)
		}
		if _, err := p.next(true); core.KindOf(err) != core.KindConnectionLost {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := newLogPosition(container.LogsOptions{Tail: "5"}, false)
	for range 2 {
		if asked, err := p.next(false); err != nil || asked.Tail != "5" {
			t.Errorf("nothing was delivered: %+v, %v", asked, err)
		}
	}
}
