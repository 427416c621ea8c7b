package engine

import (
	"maps"
	"os"
	"strconv"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/liveness"
)

// Labels on every container that this package makes. They say whose it is, so that what a
// killed program left can be found. An image that is made from a container has its labels,
// and passes them on to other containers; see orphanProof.
const (
	LabelSession  = "ml-nexus-go.session"
	LabelHost     = "ml-nexus-go.host"
	LabelPID      = "ml-nexus-go.pid"
	LabelStart    = "ml-nexus-go.start"    // of the program, Unix seconds, by the machine's clock: for display
	LabelProcess  = "ml-nexus-go.process"  // the program (liveness.Process), a slash, the value of LabelRun
	LabelRun      = "ml-nexus-go.run"      // random, one for each container
	LabelAttached = "ml-nexus-go.attached" // "1": its program waits for it, so without that it is an orphan; "0": -d
	LabelRemove   = "ml-nexus-go.remove"   // "1": --rm was asked for, and is the client's job
)

// ownLabels returns the labels that all containers of a client share.
func ownLabels(req core.OpenRequest) map[string]string {
	return map[string]string{
		LabelSession: req.Session,
		LabelHost:    req.Owner.Host,
		LabelPID:     strconv.Itoa(req.Owner.PID),
		LabelStart:   strconv.FormatFloat(req.Owner.Start, 'f', 3, 64),
	}
}

// completeOwner fills in what is known about the client's process: this one, unless the
// request names another.
func completeOwner(owner core.Owner) core.Owner {
	if owner.PID == 0 {
		owner.PID = os.Getpid()
	}
	if owner.Start == 0 && owner.PID == os.Getpid() {
		owner.Start = liveness.Started()
	}
	return owner
}

// labelsFor returns all labels of one container. All of them are set, so that none can come
// from the image: added holds those that the caller asked for.
func (e *Engine) labelsFor(runID string, attached, remove bool, added map[string]string) map[string]string {
	labels := maps.Clone(added)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, e.labels)
	process := ""
	if e.opts.Open.Owner.PID == os.Getpid() { // nothing is known here about another process
		process = liveness.Self().String()
	}
	liveness.Remember()
	labels[LabelRun] = runID
	labels[LabelProcess] = process + "/" + runID
	labels[LabelAttached] = flag(attached)
	labels[LabelRemove] = flag(remove)
	return labels
}

func flag(set bool) string {
	if set {
		return "1"
	}
	return "0"
}
