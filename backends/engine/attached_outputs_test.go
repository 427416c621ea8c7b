package engine

import (
	"strings"
	"testing"
)

func TestOutputsOfAContainer(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct {
		output attachedOutput
		id     string
		names  []string
		want   bool
	}{
		{attachedOutput{id: id}, id, nil, true},
		{attachedOutput{id: id}, id[:12], []string{id[:12]}, true},
		{attachedOutput{id: id}, id[:4], []string{id[:4]}, false}, // the engine is asked
		{attachedOutput{id: id, name: "box"}, "box", []string{"box"}, true},
		{attachedOutput{id: id, name: "box"}, "other", []string{"other"}, false},
		{attachedOutput{id: id}, "other", []string{"other"}, false},
		{attachedOutput{name: "box"}, id, []string{"box"}, true},
		{attachedOutput{name: id[:12]}, id, []string{"box"}, true},
		{attachedOutput{name: id}, id, []string{"box"}, true},
		{attachedOutput{name: "a-long-enough-name"}, "a-long-enough-name-2", []string{"a-long-enough-name-2"}, false},
		{attachedOutput{name: "a-long-enough-name-2"}, "a-long-enough-name", []string{"a-long-enough-name"}, false},
		{attachedOutput{}, id, nil, false},
	} {
		if got := c.output.isOf(c.id, c.names); got != c.want {
			t.Errorf("%+v of %s %v: got %v", c.output, c.id, c.names, got)
		}
	}
}
