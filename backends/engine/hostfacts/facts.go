// Package hostfacts asks the engine's host about itself by a shell script, where the client can run commands
// there: its clock, the space on its disk, rsync and NVIDIA's GPUs. It may import the session.
package hostfacts

import (
	"bytes"
	"context"
	_ "embed"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

//go:embed facts.sh
var script string

// limit is the time for the script: nvidia-smi hangs where a driver is in trouble.
const limit = 30 * time.Second

// Shell runs a script by sh on the engine's host and returns what it printed.
type Shell func(ctx context.Context, script []byte) (stdout, stderr []byte, code int, err error)

// Facts implements core.HostFacts.
type Facts struct {
	session *session.Session
	shell   Shell
}

// New makes Facts. A nil shell means that no command can be run on the host.
func New(s *session.Session, shell Shell) *Facts { return &Facts{s, shell} }

// HostFacts implements core.HostFacts.
func (f *Facts) HostFacts(ctx context.Context, req core.HostFactsRequest) (facts core.HostFactsResult, err error) {
	err = f.session.Perform(ctx, session.Operation{Repeat: true, WithoutEngine: true}, func(ctx context.Context) error {
		facts, err = f.ask(ctx, req)
		return err
	})
	return facts, err
}

func (f *Facts) ask(ctx context.Context, req core.HostFactsRequest) (core.HostFactsResult, error) {
	none := core.HostFactsResult{GPUs: []core.GPU{}}
	if f.shell == nil {
		return none, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, core.Errorf(core.KindOperationTimeout, "the host did not answer its commands within %v: nvidia-smi may hang there", limit))
	defer cancel()
	path := req.Path
	if path == "" {
		path = "/"
	}
	out, problems, code, err := f.shell(ctx, []byte("set -- "+shellquote.Join(path)+"\n"+script))
	if ctx.Err() != nil {
		return none, core.ContextError(ctx, "")
	}
	if err != nil {
		return none, err
	}
	facts, ok := parse(string(out))
	if !ok {
		return none, core.Errorf(core.KindEngineError, "the host did not run a script as expected (exit code %d, output %.200q)", code, bytes.TrimSpace(problems))
	}
	return facts, nil
}

func parse(text string) (facts core.HostFactsResult, ok bool) {
	facts = core.HostFactsResult{Reached: true, GPUs: []core.GPU{}}
	byUUID := map[string]int{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch name {
		case "mlng-clock":
			facts.Clock, _ = strconv.ParseInt(value, 10, 64)
		case "mlng-user":
			facts.User = value
		case "mlng-rsync":
			facts.Rsync = value
		case "mlng-disk":
			facts.DiskTotal, facts.DiskFree = disk(value)
		case "mlng-smi":
			if facts.NvidiaSMI = true; value != "ok" {
				facts.NvidiaProblem = value
			}
		case "mlng-gpu":
			g := gpu(value)
			byUUID[g.UUID] = len(facts.GPUs)
			facts.GPUs = append(facts.GPUs, g)
		case "mlng-process":
			uuid, process := process(value)
			if i, known := byUUID[uuid]; known {
				facts.GPUs[i].Processes = append(facts.GPUs[i].Processes, process)
			}
		case "mlng-end":
			ok = true
		}
	}
	return facts, ok
}

// disk reads a line of df -Pk: device, blocks, used, available...
func disk(line string) (total, free int64) {
	if words := strings.Fields(line); len(words) >= 4 {
		total, free = number(words[1]), number(words[3])
	}
	return total << 10, free << 10
}

func gpu(line string) core.GPU {
	values := fields(line, 6)
	return core.GPU{
		Index: int(number(values[0])), UUID: values[1], MemoryTotal: number(values[2]) << 20, MemoryUsed: number(values[3]) << 20,
		Utilization: int(number(values[4])), Name: values[5], Processes: []core.GPUProcess{},
	}
}

// process also returns the UUID of the process's GPU.
func process(line string) (uuid string, p core.GPUProcess) {
	values := fields(line, 4)
	return values[0], core.GPUProcess{PID: int(number(values[1])), Memory: number(values[2]) << 20, Name: values[3]}
}

// fields returns count values of a line of CSV, of which the last may have commas.
func fields(line string, count int) []string {
	values := strings.SplitN(line, ",", count)
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return append(values, make([]string, count-len(values))...)
}

// number is 0 for what nvidia-smi does not know, "[N/A]", and for what cannot be a count of KiB or MiB.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>20 {
		return 0
	}
	return n
}
