package execs

import "testing"

func TestExecIDs(t *testing.T) {
	const mark = "01234567-89ab-cdef-0123-456789abcdef"
	for _, want := range []Target{
		{"c", "abc", mark, Rights{}},
		{"c", "abc", mark, Rights{User: "worker:4.5"}},
		{"c", "abc", mark, Rights{Privileged: true}},
		{"c", "abc", mark, Rights{"p", true}},
	} {
		if got, err := ParseID("c", want.ID()); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", want.ID(), got, err)
		}
	}
	for _, id := range []string{"", "abc", "abc.", "." + mark, "abc.x" + mark[1:], "abc." + mark + ".", "abc." + mark + ".x1", "abc." + mark[1:]} {
		if got, err := ParseID("c", id); err == nil {
			t.Errorf("%q: got %+v", id, got)
		}
	}
}
