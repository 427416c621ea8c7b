package execs

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// maxSignal is SIGRTMAX of Linux.
const maxSignal = 64

// linuxSignals are the containers' signals, whatever system this is. (man 7 signal)
const linuxSignals = " HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS RTMIN RTMAX "

var realTimeSignal = regexp.MustCompile(`^RT(MIN\+|MAX-)[0-9]{1,2}$`)

// SignalName takes a signal's name with or without SIG, or its number. What a shell or
// the engine makes of other text is not left to them: it becomes an argument of kill.
func SignalName(text string) (string, error) {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if number, err := strconv.Atoi(name); err == nil && number > 0 && number <= maxSignal {
		return strconv.Itoa(number), nil
	}
	if name != "" && !strings.Contains(name, " ") && strings.Contains(linuxSignals, " "+name+" ") || realTimeSignal.MatchString(name) {
		return name, nil
	}
	return "", core.Errorf(core.KindInvalidArgument, "%q is no signal: use a name such as TERM, or a number from 1 to %d", text, maxSignal)
}

// Deadly reports whether nothing survives a signal of this name, as SignalName gives it.
func Deadly(signal string) bool { return signal == "KILL" || signal == "9" }
