package protocol

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Signal signals every process that has a variable (NAME=value) in its environment, and
// the descendants of such processes, which may have cleared theirs. It returns how many
// got the signal, and how many of the others it must not signal.
func Signal(variable, signal string) (sent, refused int, err error) {
	number, err := signalNumber(signal)
	if err != nil {
		return 0, 0, err
	}
	parents, err := parents()
	if err != nil {
		return 0, 0, err
	}
	found := map[int]bool{}
	for pid := range parents {
		environ, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
		found[pid] = err == nil && slices.ContainsFunc(bytes.Split(environ, []byte{0}), func(v []byte) bool { return string(v) == variable })
	}
	for pid := range parents {
		for up, steps := pid, 0; up != 0 && steps < len(parents); up, steps = parents[up], steps+1 {
			if found[up] {
				found[pid] = true
				break
			}
		}
	}
	for pid, marked := range found {
		if !marked || pid == os.Getpid() {
			continue
		}
		switch err := syscall.Kill(pid, number); {
		case err == nil:
			sent++
		case errors.Is(err, syscall.EPERM):
			refused++
		}
	}
	return sent, refused, nil
}

// parents returns each process's parent.
func parents() (map[int]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := map[int]int{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, may hold anything.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 {
			all[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return all, nil
}

// aliases are names that other systems have for Linux's signals.
var aliases = map[string]syscall.Signal{"IOT": unix.SIGABRT, "CLD": unix.SIGCHLD, "POLL": unix.SIGIO}

// Real-time signals, as C libraries count them: they keep the first two.
const (
	firstRealTime = 34
	lastRealTime  = 64
)

// signalNumber takes a number, or a name without SIG.
func signalNumber(name string) (syscall.Signal, error) {
	if number, err := strconv.Atoi(name); err == nil {
		return syscall.Signal(number), nil
	}
	if number, ok := aliases[name]; ok {
		return number, nil
	}
	if number := unix.SignalNum("SIG" + name); number != 0 {
		return number, nil
	}
	for prefix, from := range map[string]int{"RTMIN": firstRealTime, "RTMAX": lastRealTime} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			offset, err := strconv.Atoi("0" + strings.TrimLeft(rest, "+-"))
			if strings.HasPrefix(rest, "-") {
				offset = -offset
			}
			if number := from + offset; err == nil && number >= firstRealTime && number <= lastRealTime {
				return syscall.Signal(number), nil
			}
		}
	}
	return 0, errors.New("there is no signal " + name)
}
