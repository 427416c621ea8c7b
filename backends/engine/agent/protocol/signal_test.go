//go:build linux

package protocol

import (
	"bufio"
	"os/exec"
	"syscall"
	"testing"
)

func TestSignalNumbers(t *testing.T) {
	for name, want := range map[string]syscall.Signal{
		"KILL": 9, "9": 9, "TERM": 15, "64": 64, "IOT": 6, "CLD": 17, "POLL": 29, "IO": 29, "STKFLT": 16, "PWR": 30,
		"RTMIN": 34, "RTMIN+1": 35, "RTMAX": 64, "RTMAX-2": 62,
	} {
		if got, err := signalNumber(name); err != nil || got != want {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "NOTHING", "SIGTERM", "RTMIN+31", "RTMAX-31", "RTMIN+x"} {
		if got, err := signalNumber(name); err == nil {
			t.Errorf("%s: got %d", name, got)
		}
	}
}

// Those that carry the mark, and their children that have dropped it; nobody else.
func TestSignalReachesTheMarkedAndTheirChildren(t *testing.T) {
	start := func(variable string) *exec.Cmd {
		command := exec.Command("sh", "-c", "env -i sleep 600 & echo $!; read x")
		command.Env = append(command.Environ(), variable)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := command.StdinPipe(); err != nil { // is read endlessly
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		return command
	}
	const mark = "MLNG_TEST_MARK=3c1d"
	marked := start(mark)
	other := start(mark + "x")
	if sent, refused, err := Signal(mark, "KILL"); sent != 2 || refused != 0 || err != nil {
		t.Errorf("got %d %d %v", sent, refused, err)
	}
	if err := marked.Wait(); err == nil || marked.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the marked one ended with %v", err)
	}
	if sent, refused, err := Signal(mark, "KILL"); sent != 0 || refused != 0 || err != nil {
		t.Errorf("afterwards: %d %d %v", sent, refused, err)
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the other one: %v", err)
	}
	if sent, _, err := Signal(mark+"x", "KILL"); sent != 2 || err != nil {
		t.Errorf("the other one: %d %v", sent, err)
	}
}
