// Command program is what the engine backend runs in a container to reach files on the
// engine's host: protocol.Serve for the mounted folder; or to signal processes of
// another container whose process namespace it shares: protocol.Signal; or to forward ports of
// another container whose network it shares: tunnel.Serve; or to hold a place on a node of a
// fleet, where it only waits. build.sh builds it for each
// architecture. It needs nothing from an image.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/engine/agent/tunnel"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = os.Stderr.WriteString("agent: " + err.Error() + "\n")
		os.Exit(1)
	}
}

// run takes the folder and how many seconds incomplete files are kept for a client that
// lost the connection; or "signal", a variable (NAME=value) that marks processes, and a signal;
// or "forward"; or "hold".
func run(args []string) error {
	// A clean stop of a container sends SIGTERM first.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if len(args) == 1 && args[0] == "hold" {
		<-ctx.Done()
		return nil
	}
	if len(args) == 1 && args[0] == "forward" {
		// Each piece passes through several goroutines: on one processor they wake no others.
		runtime.GOMAXPROCS(1)
		tunnel.Serve(ctx, os.Stdin, os.Stdout)
		return nil
	}
	if len(args) == 3 && args[0] == "signal" {
		sent, refused, err := protocol.Signal(args[1], args[2])
		if err == nil {
			_, err = fmt.Println(sent, refused)
		}
		return err
	}
	if len(args) != 2 {
		return os.ErrInvalid
	}
	seconds, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	// Folders that others must see are open to all, as the engine makes them.
	syscall.Umask(0o022)
	return protocol.Serve(ctx, args[0], time.Duration(seconds)*time.Second, os.Stdin, os.Stdout)
}
