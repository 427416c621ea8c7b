package liveness

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

var (
	home    = Place{"linux", "boot-1", "pid:[4026531836]", "time:[4026531834]"}
	program = Process{home, 4242, 5000, 1000}
)

// statOf is /proc/PID/stat as far as it counts.
func statOf(name, state string, threads int, ticks uint64) string {
	fields := make([]string, 49)
	for i := range fields {
		fields[i] = "7"
	}
	fields[0], fields[20-3], fields[22-3] = state, fmt.Sprint(threads), fmt.Sprint(ticks)
	return "4242 (" + name + ") " + strings.Join(fields, " ") + "\n"
}

func TestGoneOnlyOnProof(t *testing.T) {
	with := func(change func(*Process)) Process {
		p := program
		change(&p)
		return p
	}
	in := func(change func(*Place)) Process { return with(func(p *Process) { change(&p.Place) }) }
	const there = syscall.Errno(0)
	for _, c := range []struct {
		name      string
		process   Process
		here      Place
		signalled error
		stat      string
		want      bool
	}{
		{"it lives", program, home, nil, statOf("python3", "S", 9, 5000), false},
		{"no process has its number", program, home, syscall.ESRCH, "", true},
		{"its number was given to another", program, home, nil, statOf("sh", "S", 1, 9000), true},
		{"its number was given to another user's", program, home, syscall.EPERM, statOf("sh", "S", 1, 9000), true},
		{"another user's, and it lives", program, home, syscall.EPERM, statOf("python3", "R", 1, 5000), false},
		{"hidepid=2: the number is in use, by whom is hidden", program, home, syscall.EPERM, "", false},
		{"hidepid=1: its /proc cannot be read", program, home, nil, "", false},
		{"a signal is refused in an unknown way", program, home, syscall.ENOSYS, "", false},
		{"it ended, and its parent has not asked", program, home, nil, statOf("python3", "Z", 1, 5000), true},
		{"only its first thread ended", program, home, nil, statOf("python3", "Z", 2, 5000), false},
		{"its name looks like a zombie's", program, home, nil, statOf("a) Z 1 2 (b", "S", 9, 5000), false},
		{"its name looks like an end of the name", program, home, nil, statOf(") Z", "S", 1, 5000), false},
		{"a line that was cut", program, home, nil, "4242 (python3) Z 1", false},
		{"a line without a name", program, home, nil, "4242", false},
		{"the label has no ticks", with(func(p *Process) { p.Ticks = 0 }), home, nil, statOf("sh", "S", 1, 9000), false},
		{"the system gives no ticks", program, home, nil, statOf("sh", "S", 1, 0), false},
		{"ticks of another time namespace", in(func(p *Place) { p.Clock = "time:[9]" }), home, nil, statOf("sh", "S", 1, 9000), false},
		{"another time namespace, and no such process", in(func(p *Place) { p.Clock = "time:[9]" }), home, syscall.ESRCH, "", true},
		{"another PID namespace", in(func(p *Place) { p.Namespace = "pid:[9]" }), home, syscall.ESRCH, "", false},
		{"no PID namespace is known", in(func(p *Place) { p.Namespace = "" }), home, syscall.ESRCH, "", false},
		{"no place is known here: no /proc", program, Place{}, syscall.ESRCH, "", false},
		{"no place is known here, nor there", with(func(p *Process) { p.Place = Place{} }), Place{}, syscall.ESRCH, "", false},
		{"another boot that is not known here", in(func(p *Place) { p.Boot = "boot-of-a-clone" }), home, syscall.ESRCH, "", false},
		{"an earlier boot of this machine", in(func(p *Place) { p.Boot = "boot-0" }), home, nil, statOf("python3", "S", 9, 5000), true},
		{"an earlier boot, and this one is not known", in(func(p *Place) { p.Boot = "boot-0" }), Place{}, nil, "", false},
		{"another system", in(func(p *Place) { p.System = "darwin" }), home, syscall.ESRCH, "", false},
		{"macOS: no process has its number", Process{Place{"darwin", "b", "all", ""}, 7, 0, 501}, Place{"darwin", "b", "all", ""}, syscall.ESRCH, "", true},
		{"macOS: a process has its number", Process{Place{"darwin", "b", "all", ""}, 7, 0, 501}, Place{"darwin", "b", "all", ""}, nil, "", false},
		{"number 0 is a group's", with(func(p *Process) { p.PID = 0 }), home, syscall.ESRCH, "", false},
		{"number -1 is everybody", with(func(p *Process) { p.PID = -1 }), home, syscall.ESRCH, "", false},
		{"a number that no process can have", with(func(p *Process) { p.PID = 1 << 33 }), home, syscall.ESRCH, "", false},
		{"an answer that is none", program, home, there, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := evidence{here: c.here, signalled: c.signalled, stat: c.stat, passed: func(boot string) bool { return boot == "boot-0" }}
			if got := gone(c.process, e); got != c.want {
				t.Errorf("gone: %v, want %v", got, c.want)
			}
		})
	}
}

func TestNamesOfProcesses(t *testing.T) {
	if back, ok := Parse(program.String()); !ok || back != program {
		t.Errorf("%q became %+v", program, back)
	}
	for _, text := range []string{
		"",
		"0123456789abcdef0123456789abcdef/6a1f/pid:[4026531836]", // the label of earlier versions
		"gpu7/4242/1764250000.120/9f8e7d6c",                      // the pytest plugin's of earlier versions
		"linux/boot/pid:[1]/time:[2]/0/5000/1000",
		"linux/boot/pid:[1]/time:[2]/-1/5000/1000",
		"linux/boot/pid:[1]/time:[2]/4294967297/5000/1000",
		"linux/boot/pid:[1]/time:[2]/12/5000",
		"linux/boot/pid:[1]/time:[2]/12/5000/1000/more",
		"linux/boot/pid:[1]/time:[2]/12/-5/1000",
		"linux//pid:[1]/time:[2]/12/5000/1000",
		"linux/boot//time:[2]/12/5000/1000",
		"/boot/pid:[1]/time:[2]/12/5000/1000",
	} {
		if p, ok := Parse(text); ok || Gone(text) {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
	unknown := program
	unknown.Place = Place{}
	if unknown.String() != "" {
		t.Errorf("a process of an unknown place is %q", unknown)
	}
}
