// Package liveness proves that a process has ended. It is for programs that clean up
// what others left behind: when in doubt, a process counts as alive.
package liveness

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"syscall"
)

// Place is where a process number means something.
type Place struct {
	System    string // the kernel's kind, as runtime.GOOS
	Boot      string // a random name that the kernel chooses at each boot
	Namespace string // of process numbers
	Clock     string // the time namespace, in which ticks are counted; "" if there is none
}

// Process identifies one process for ever, even if its number was given to another one, the
// clock was set, or the machine was rebooted.
type Process struct {
	Place Place
	PID   int
	Ticks uint64 // from the boot to the process's start, as the kernel counts them; 0 means unknown
	UID   int
}

// String returns the text that Parse reads, for a label.
func (p Process) String() string {
	if !p.known() {
		return ""
	}
	place := p.Place
	return strings.Join([]string{
		place.System, place.Boot, place.Namespace, place.Clock,
		strconv.Itoa(p.PID), strconv.FormatUint(p.Ticks, 10), strconv.Itoa(p.UID),
	}, "/")
}

func (p Process) known() bool {
	return p.Place.known() && p.PID > 0 && p.PID <= math.MaxInt32
}

func (p Place) known() bool { return p.System != "" && p.Boot != "" && p.Namespace != "" }

// Parse reads the text of a Process, and reports whether it is one.
func Parse(text string) (Process, bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 7 {
		return Process{}, false
	}
	pid, pidErr := strconv.Atoi(parts[4])
	ticks, ticksErr := strconv.ParseUint(parts[5], 10, 64)
	uid, uidErr := strconv.Atoi(parts[6])
	p := Process{Place{parts[0], parts[1], parts[2], parts[3]}, pid, ticks, uid}
	return p, errors.Join(pidErr, ticksErr, uidErr) == nil && p.known()
}

// evidence is what this process can find out about another one.
type evidence struct {
	here Place
	// signalled is the result of kill(pid, 0).
	signalled error
	// stat is /proc/PID/stat; "" if it cannot be read or belongs to another namespace.
	stat string
	// passed reports whether a boot is proven to be an earlier one of this machine.
	passed func(boot string) bool
}

// gone reports whether the evidence proves that a process has ended.
func gone(p Process, e evidence) bool {
	if !p.known() || !e.here.known() || p.Place.System != e.here.System {
		return false
	}
	if p.Place.Boot != e.here.Boot {
		return e.passed(p.Place.Boot)
	}
	if p.Place.Namespace != e.here.Namespace {
		return false
	}
	if errors.Is(e.signalled, syscall.ESRCH) {
		return true
	}
	now, ok := parseStat(e.stat)
	if !ok {
		return false
	}
	reused := p.Ticks != 0 && now.ticks != 0 && p.Place.Clock == e.here.Clock && p.Ticks != now.ticks
	return reused || now.ended
}

type stat struct {
	ticks uint64
	ended bool // it only waits for its parent to ask for its exit code
}

// parseStat reads /proc/PID/stat. The name of the program, in parentheses, may contain
// anything: the fields come after the last parenthesis.
func parseStat(text string) (stat, bool) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return stat{}, false
	}
	// Numbered as in proc(5): 3 is the state, 20 the number of threads, 22 the start.
	fields := strings.Fields(text[end+1:])
	if len(fields) < 20 {
		return stat{}, false
	}
	threads, threadsErr := strconv.Atoi(fields[20-3])
	ticks, ticksErr := strconv.ParseUint(fields[22-3], 10, 64)
	// A process whose first thread has ended is a zombie too, although other threads may run.
	ended := (fields[0] == "Z" || fields[0] == "X") && threads <= 1
	return stat{ticks, ended}, threadsErr == nil && ticksErr == nil
}
