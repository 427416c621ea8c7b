// Package system asks the engine about itself. It imports core and the session.
package system

import (
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// System implements core.System. Make it with New.
type System struct{ session *session.Session }

var _ core.System = (*System)(nil)

// New makes the operations of a session.
func New(s *session.Session) *System { return &System{s} }
