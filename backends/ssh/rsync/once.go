package rsync

import (
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
)

// once does something once for each path, as many as are listed.
type once struct {
	mu   sync.Mutex
	seen map[string]bool
}

// has reports whether something was done for a path.
func (o *once) has(path string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen[path]
}

func (o *once) Do(path string, do func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	if !o.seen[path] && len(o.seen) < core.MaxSyncIssues {
		o.seen[path] = true
		do()
	}
}
