package engine

import "testing"

func TestExecIDs(t *testing.T) {
	const mark = "01234567-89ab-cdef-0123-456789abcdef"
	for _, want := range []execTarget{
		{"c", "abc", mark, execRights{}},
		{"c", "abc", mark, execRights{user: "worker:4.5"}},
		{"c", "abc", mark, execRights{privileged: true}},
		{"c", "abc", mark, execRights{"p", true}},
	} {
		if got, err := parseExecID("c", want.id()); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", want.id(), got, err)
		}
	}
	for _, id := range []string{"", "abc", "abc.", "." + mark, "abc.x" + mark[1:], "abc." + mark + ".", "abc." + mark + ".x1", "abc." + mark[1:]} {
		if got, err := parseExecID("c", id); err == nil {
			t.Errorf("%q: got %+v", id, got)
		}
	}
}
