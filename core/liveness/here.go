package liveness

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Self names this process. If the system does not say which place its number belongs to,
// the name is empty: then nobody can prove that it has ended.
var Self = sync.OnceValue(func() Process {
	// The link leads to this process even if /proc shows another PID namespace.
	own, _ := parseStat(readText("/proc/self/stat"))
	return Process{here(), os.Getpid(), own.ticks, os.Getuid()}
})

// Gone reports whether a process, as Process.String names it, is proven to have ended.
func Gone(name string) bool {
	p, ok := Parse(name)
	return ok && gone(p, look(p.PID))
}

// Started returns when this process started, in Unix seconds; 0 if that is unknown.
// It depends on the clock: use it for display, not for comparison.
func Started() float64 {
	const ticksPerSecond = 100 // for every program on Linux
	for line := range strings.Lines(readText("/proc/stat")) {
		if value, ok := strings.CutPrefix(line, "btime "); ok {
			boot, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if ticks := Self().Ticks; err == nil && ticks > 0 {
				return boot + float64(ticks)/ticksPerSecond
			}
		}
	}
	return 0
}

// look collects the evidence about a process number.
func look(pid int) evidence {
	e := evidence{here: here(), signalled: syscall.Kill(pid, 0), passed: passed}
	if ownProc() {
		e.stat = readText("/proc/" + strconv.Itoa(pid) + "/stat")
	}
	return e
}

// ownProc reports whether /proc shows the PID namespace of this process: a process that
// was started in a namespace of its own may still see the /proc of the one outside.
func ownProc() bool {
	own := strconv.Itoa(os.Getpid())
	for line := range strings.Lines(readText("/proc/self/status")) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			return strings.TrimSpace(numbers) == own // one number for each namespace, from /proc's inwards
		}
	}
	return false
}

// readText returns the text of a system file; "" if it cannot be read.
func readText(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}
