// Package volumes creates, lists and removes volumes. It imports core, filterargs and the
// session.
package volumes

import (
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Volumes implements core.Volumes. Make it with New.
type Volumes struct{ session *session.Session }

var _ core.Volumes = (*Volumes)(nil)

// New makes the operations of a session.
func New(s *session.Session) *Volumes { return &Volumes{s} }
