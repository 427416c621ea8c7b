package liveness

import (
	"strings"
	"syscall"
	"testing"
)

// FuzzProcess: a label that is read is written the same again, as far as numbers have one form;
// and without evidence nothing is gone.
func FuzzProcess(f *testing.F) {
	f.Add("linux/boot/pid:[4026531836]/time:[1]/17/99/0", "17 (a) b) Z 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 99 0")
	f.Add("linux///time/0/0/0", "17 (x")
	f.Add("linux/b/n//2147483648/18446744073709551615/-1", ") Z")
	f.Fuzz(func(t *testing.T, label, proc string) {
		p, ok := Parse(label)
		again, known := Parse(p.String())
		if ok && (!known || again != p) || !ok && strings.Count(label, "/") != 6 && known {
			t.Errorf("%q is %+v, and %+v again", label, p, again)
		}
		if ok && gone(p, evidence{here: p.Place, stat: "", passed: func(string) bool { return false }}) {
			t.Errorf("%q is gone without evidence", label)
		}
		if ok && !gone(p, evidence{here: p.Place, signalled: syscall.ESRCH, passed: func(string) bool { return false }}) {
			t.Errorf("%q is not gone", label)
		}
		if s, read := parseStat(proc); read && s.ended && !strings.ContainsAny(proc, "ZX") {
			t.Errorf("%q has ended", proc)
		}
	})
}
