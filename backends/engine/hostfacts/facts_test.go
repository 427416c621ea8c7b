package hostfacts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/subprocess"
)

// The lines are those of nvidia-smi 550 on a host with two GPUs.
const fakeSMI = `#!/bin/sh
case "$1" in
--query-gpu=*) echo "0, GPU-aa, 81559, 4, 0, NVIDIA H100 80GB HBM3"; echo "1, GPU-bb, 81559, [N/A], 97, NVIDIA, H100" ;;
--query-compute-apps=*) echo "GPU-bb, 4242, 70000, python, -x" ;;
esac
`

func here(folder string) Shell {
	return func(ctx context.Context, script []byte) ([]byte, []byte, int, error) {
		return subprocess.Shell(ctx, []string{"PATH=" + folder + ":" + os.Getenv("PATH")}, script)
	}
}

func ask(t *testing.T, shell Shell) (core.HostFactsResult, error) {
	t.Helper()
	s, err := session.New(session.Options{Target: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return New(s, shell).HostFacts(t.Context(), core.HostFactsRequest{Path: t.TempDir()})
}

func program(t *testing.T, text string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "nvidia-smi"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestGPUs(t *testing.T) {
	facts, err := ask(t, here(program(t, fakeSMI)))
	if err != nil || !facts.Reached || !facts.NvidiaSMI || facts.Clock == 0 || facts.DiskTotal < facts.DiskFree || facts.DiskFree == 0 {
		t.Fatalf("%+v, %v", facts, err)
	}
	want := "[{0 GPU-aa NVIDIA H100 80GB HBM3 85520809984 4194304 0 []} {1 GPU-bb NVIDIA, H100 85520809984 0 97 [{4242 python, -x 73400320000}]}]"
	if got := fmt.Sprint(facts.GPUs); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestANvidiaSMIThatFails(t *testing.T) {
	facts, err := ask(t, here(program(t, "#!/bin/sh\necho 'NVIDIA-SMI has failed because it could not communicate with the driver'; exit 9\n")))
	if err != nil || facts.NvidiaProblem != "NVIDIA-SMI has failed because it could not communicate with the driver" || len(facts.GPUs) > 0 {
		t.Errorf("%+v, %v", facts, err)
	}
}

func TestNoCommandsOnTheHost(t *testing.T) {
	if facts, err := ask(t, nil); err != nil || facts.Reached || facts.GPUs == nil {
		t.Errorf("%+v, %v", facts, err)
	}
}

func TestAHostThatAnswersSomethingElse(t *testing.T) {
	_, err := ask(t, func(context.Context, []byte) ([]byte, []byte, int, error) {
		return []byte("This account is not available."), []byte("no shell"), 1, nil
	})
	if core.KindOf(err) != core.KindEngineError {
		t.Error(err)
	}
	broken := errors.New("broken")
	if _, err := ask(t, func(context.Context, []byte) ([]byte, []byte, int, error) { return nil, nil, -1, broken }); err == nil {
		t.Error("the error of the shell is lost")
	}
}

// TestProcessesBelongToOneGPU: a host that names one GPU again and again does not multiply its processes.
func TestProcessesBelongToOneGPU(t *testing.T) {
	const lines = 3000
	facts, ok := parse(strings.Repeat("mlng-gpu=0,GPU-a,1,1,1,x\n", lines) + strings.Repeat("mlng-process=GPU-a,1,1,x\n", lines) + "mlng-end=\n")
	processes := 0
	for _, gpu := range facts.GPUs {
		processes += len(gpu.Processes)
	}
	if !ok || len(facts.GPUs) != lines || processes != lines {
		t.Errorf("%d GPUs and %d processes, %v", len(facts.GPUs), processes, ok)
	}
}
