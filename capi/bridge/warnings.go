package bridge

import (
	"slices"
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
)

// warnings holds the clients' warnings that belong to no operation, such as a private
// key that others may read. The next operation that ends delivers them.
type warnings struct{ boxes sync.Map } // core.DockerClient to *warningBox

// warningBox holds a client's warnings, each only once.
type warningBox struct {
	mu   sync.Mutex
	told []string
	next []string
}

// maxWarnings bounds how many are remembered for one client.
const maxWarnings = 100

func (b *warningBox) add(message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.told) >= maxWarnings || slices.Contains(b.told, message) {
		return
	}
	b.told = append(b.told, message)
	b.next = append(b.next, message)
}

func (b *warningBox) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.next
	b.next = nil
	return next
}

func (w *warnings) tell(client core.DockerClient, op *Op) {
	if client == nil {
		return
	}
	if box, ok := w.boxes.Load(client); ok {
		for _, message := range box.(*warningBox).take() {
			op.event(core.WarningEvent{Event: "warning", Message: message})
		}
	}
}

func (w *warnings) forget(client core.DockerClient) { w.boxes.Delete(client) }
