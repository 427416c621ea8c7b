package cliopts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/cli/opts"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// Placing is what options say about where a fleet puts a container, in the words of docker service
// create. docker run has none of them.
type Placing struct {
	Constraints []string
	// Devices counts those of each kind, by the names of the nodes' generic resources; All is all of
	// a node.
	Devices map[string]int64
	// QueueTimeout bounds the wait for a place; 0 does not.
	QueueTimeout time.Duration
	// Reschedule runs it again elsewhere if its node is lost.
	Reschedule bool
}

// All is the number that stands for all devices of a node.
const All = -1

// The flags of Placing.
const (
	constraintFlag   = "constraint"
	devicesFlag      = "generic-resource"
	queueTimeoutFlag = "queue-timeout"
	rescheduleFlag   = "reschedule"
)

// placingFlags adds what docker run does not have.
func placingFlags(flags *pflag.FlagSet) {
	constraints, devices := opts.NewListOpts(nil), opts.NewListOpts(nil)
	flags.Var(&constraints, constraintFlag, "Run only on nodes of a fleet that match (node.labels.disk==ssd)")
	flags.Var(&devices, devicesFlag, "Devices of a fleet's node, by kind (FPGA=2, FPGA=all); GPUs are those of --gpus")
	flags.Duration(queueTimeoutFlag, 0, "How long to wait for a place in a fleet")
	flags.Bool(rescheduleFlag, false, "Run again elsewhere if the node of a fleet is lost")
}

// IsPlacing reports whether a flag is one of Placing.
func IsPlacing(name string) bool {
	return slices.Contains([]string{constraintFlag, devicesFlag, queueTimeoutFlag, rescheduleFlag}, name)
}

func readPlacing(flags *pflag.FlagSet) (Placing, error) {
	p := Placing{Constraints: list(flags, constraintFlag), Devices: map[string]int64{}}
	p.QueueTimeout, _ = flags.GetDuration(queueTimeoutFlag)
	p.Reschedule = isSet(flags, rescheduleFlag)
	if p.QueueTimeout < 0 || p.QueueTimeout == 0 && flags.Changed(queueTimeoutFlag) {
		return p, core.Errorf(core.KindInvalidArgument, "--queue-timeout is %s: it must be more than 0", p.QueueTimeout)
	}
	for _, text := range list(flags, devicesFlag) {
		kind, number, _ := strings.Cut(text, "=")
		count, err := strconv.ParseInt(number, 10, 32)
		if number == "all" {
			count, err = All, nil
		}
		if err != nil || count == 0 || count < 0 && number != "all" || kind == "" || p.Devices[kind] != 0 {
			return p, core.Errorf(core.KindInvalidArgument, "--generic-resource is %q: it must be KIND=NUMBER or KIND=all, once for each kind", text)
		}
		p.Devices[kind] = count
	}
	return p, nil
}

func list(flags *pflag.FlagSet, name string) []string {
	if list, ok := flags.Lookup(name).Value.(*opts.ListOpts); ok {
		return list.GetSlice()
	}
	return nil
}

// OfOneEngine refuses what only a fleet can do. Nothing waits for a place on one engine, so a limit
// of that is kept.
func (p Placing) OfOneEngine() error {
	flag := ""
	switch {
	case len(p.Devices) > 0:
		flag = devicesFlag
	case len(p.Constraints) > 0:
		flag = constraintFlag
	case p.Reschedule:
		flag = rescheduleFlag
	default:
		return nil
	}
	return core.Errorf(core.KindInvalidArgument, "--%s is about the nodes of a fleet, and this is one engine: leave it out, or connect to the fleet (swarm://HOST)", flag).
		With("reason", "no_fleet")
}
