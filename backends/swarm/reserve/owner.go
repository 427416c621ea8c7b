package reserve

import (
	"os"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/liveness"
)

// ownerLabels say who reserves, as those of containers do.
func ownerLabels(open core.OpenRequest) map[string]string {
	process := ""
	if open.Owner.PID == 0 || open.Owner.PID == os.Getpid() { // nothing is known here about another process
		process = liveness.Self().String()
	}
	liveness.Remember()
	return map[string]string{engine.LabelSession: open.Session, engine.LabelHost: open.Owner.Host, engine.LabelProcess: process}
}

// ownerGone reports whether it is proven that the program has ended that made a reservation.
func (r *Reservations) ownerGone(labels map[string]string) bool {
	return labels[engine.LabelHost] == r.open.Owner.Host && liveness.Gone(labels[engine.LabelProcess])
}
