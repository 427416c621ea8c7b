package engine

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// place is where a process number means something: the machine, its boot, the PID
// namespace. Containers share a host name with others more often than one thinks, and
// a process of another namespace cannot be seen.
type place struct{ machine, boot, namespace string }

var thisPlace = sync.OnceValue(func() place {
	read := func(path string) string {
		text, _ := os.ReadFile(path)
		return strings.TrimSpace(string(text))
	}
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	return place{read("/etc/machine-id"), read("/proc/sys/kernel/random/boot_id"), namespace}
})

func (p place) String() string { return p.machine + "/" + p.boot + "/" + p.namespace }

func parsePlace(text string) place {
	parts := strings.SplitN(text, "/", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	return place{parts[0], parts[1], parts[2]}
}

// gone tells whether a process is known to have ended. With a reboot of its machine it
// did; what cannot be known counts as alive.
func gone(label string, here place, pid int, start float64) bool {
	there := parsePlace(label)
	if there.boot != here.boot {
		return there.machine != "" && there.machine == here.machine
	}
	return there.namespace == here.namespace && !processLives(pid, start)
}

// processLives tells whether a process of this machine with this number began at
// this time (Unix seconds). Numbers are used again, so the start counts too.
func processLives(pid int, start float64) bool {
	if pid <= 0 {
		return true // nobody knows
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err)
	}
	if _, rest, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(rest, "Z") || strings.HasPrefix(rest, "X") {
		return false // ended, and its parent has not asked for its exit code
	}
	began, ok := processStart(string(stat))
	return !ok || start == 0 || (began-start < 2 && start-began < 2)
}

// processStart reads the 22nd field of /proc/PID/stat: clock ticks (100 a second for
// every Linux program) since the boot.
func processStart(stat string) (float64, bool) {
	_, rest, ok := strings.Cut(stat[max(0, strings.LastIndexByte(stat, ')')):], " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return 0, false
	}
	ticks, err := strconv.ParseFloat(fields[19], 64)
	boot, bootErr := bootTime()
	return boot + ticks/100, err == nil && bootErr == nil
}

func bootTime() (float64, error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "btime "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, os.ErrNotExist
}
