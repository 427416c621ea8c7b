// Package containerfs is the files of containers: copies like docker cp's, new folders, and
// single files for programs. It works by the engine's archive endpoints, and, where a mount of
// the container hides a place from them, by an agent that shares the container's processes.
//
// It imports core, core's packages, hostfiles, and of the engine's rooms the session, the agent
// and archive.
package containerfs

import (
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// Files are the files of an engine's containers.
type Files struct {
	session *session.Session
	helpers *agent.Helpers
	// hiding are the containers, by name and ID, that are known to have a tmpfs.
	hiding sync.Map
}

// New makes the files of an engine's containers. It uses no network.
func New(s *session.Session, helpers *agent.Helpers) *Files {
	return &Files{session: s, helpers: helpers}
}
