package agent

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestALostAgentIsNoErrorOfAFile: a pipe that broke on the way to the agent has a number as
// files' errors do.
func TestALostAgentIsNoErrorOfAFile(t *testing.T) {
	broken := &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
	for err, want := range map[error]core.Kind{
		broken: core.KindConnectionLost, fmt.Errorf("/data: %w", broken): core.KindConnectionLost,
		syscall.EACCES: "", &os.PathError{Op: "open", Path: "/data", Err: syscall.ENOSPC}: "",
	} {
		if got := core.KindOf(Fault(t.Context(), err)); got != want || IsErrno(err) != (want == "") {
			t.Errorf("%v is %q", err, got)
		}
	}
}

// TestAHelperThatIsGoneWhenItIsStarted was started, and has ended with its connection.
func TestAHelperThatIsGoneWhenItIsStarted(t *testing.T) {
	for err, want := range map[error]core.Kind{
		cerrdefs.ErrNotFound: core.KindConnectionLost,
		core.Errorf(core.KindContainerNotFound, "No such container: x"): core.KindConnectionLost,
		core.Errorf(core.KindEngineError, "no"):                         core.KindEngineError,
	} {
		if got := core.KindOf(startFault(t.Context(), err)); got != want {
			t.Errorf("%v is %q", err, got)
		}
	}
}
