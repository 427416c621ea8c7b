// Package networks creates, lists and removes networks, and takes containers in and out. It
// imports core, containerinfo, filterargs and the session.
package networks

import (
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Networks implements core.Networks. Make it with New.
type Networks struct{ session *session.Session }

var _ core.Networks = (*Networks)(nil)

// New makes the operations of a session.
func New(s *session.Session) *Networks { return &Networks{s} }
