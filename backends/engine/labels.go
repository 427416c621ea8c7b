package engine

import (
	"strconv"

	"github.com/proboscis/ml_nexus_go/core"
)

// Labels on every container that Run makes. They say whose it is, so that what a
// killed program left can be found.
const (
	LabelSession  = "ml-nexus-go.session"
	LabelHost     = "ml-nexus-go.host"
	LabelPID      = "ml-nexus-go.pid"
	LabelStart    = "ml-nexus-go.start"    // of the program, Unix seconds
	LabelPlace    = "ml-nexus-go.place"    // where the PID counts: machine/boot/namespace
	LabelRun      = "ml-nexus-go.run"      // one for each Run
	LabelAttached = "ml-nexus-go.attached" // "1": its program waits for it, so without that it is an orphan
	LabelRemove   = "ml-nexus-go.remove"   // "1": --rm was asked for, and is the client's job
)

func ownLabels(req core.OpenRequest) map[string]string {
	return map[string]string{
		LabelSession: req.Session,
		LabelHost:    req.Owner.Host,
		LabelPID:     strconv.Itoa(req.Owner.PID),
		LabelPlace:   thisPlace().String(),
		LabelStart:   strconv.FormatFloat(req.Owner.Start, 'f', 3, 64),
	}
}
