// Command gotest runs go test and counts: every test that the source declares must have
// run, or have been left out for want of the testbed (go test -short: see bed.Load), and a
// full run leaves nothing out. It prints what fails, the slowest tests if asked, and the
// counts. Run it from the repository root:
//
//	go run ./tools/gotest [-slowest N] [flags of go test] ./...
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
)

func main() {
	slowest, args, err := arguments(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(2)
	}
	if err := run(os.Stdout, slowest, args); err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
}

// arguments takes -slowest N, if it comes first; the rest is for go test.
func arguments(args []string) (slowest int, rest []string, err error) {
	if len(args) < 2 || args[0] != "-slowest" {
		return 0, args, nil
	}
	slowest, err = strconv.Atoi(args[1])
	return slowest, args[2:], err
}

func run(out io.Writer, slowest int, args []string) error {
	command := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	command.Stderr = os.Stderr
	events, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	tally := newTally(out)
	lines := bufio.NewReader(events)
	for line, err := lines.ReadBytes('\n'); err == nil; line, err = lines.ReadBytes('\n') {
		tally.line(line)
	}
	ended := command.Wait()
	tally.slowest(slowest)
	all, err := declared(args)
	if err != nil {
		return err
	}
	if err := tally.close(all, slices.Contains(args, "-short")); err != nil {
		return err
	}
	return ended
}
