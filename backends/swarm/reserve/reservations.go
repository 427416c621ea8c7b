package reserve

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
)

// Labels of services, of placeholders, and of the containers that hold devices or use a place. They
// have no secrets: neither the options nor the environment of a run.
const (
	LabelReservation = "ml-nexus-go.reservation" // on all of them: random, one for each reservation
	LabelPlaceholder = "ml-nexus-go.placeholder" // on containers that only hold a place or a device
	labelName        = "ml-nexus-go.name"        // the container's, which the service keeps for it
	labelPlace       = "ml-nexus-go.place"       // a program holds the place, whatever runs there
	labelMade        = "ml-nexus-go.made"        // the container was made, and outlives its client
)

// Fleet is what reservations need of a fleet.
type Fleet interface {
	Nodes(ctx context.Context) ([]members.Node, error)
	Node(ctx context.Context, id string) (members.Node, error)
	Client(ctx context.Context, node members.Node) (members.Engine, error)
	WhileUp(ctx context.Context, node string, ask func(ctx context.Context) error) error
	AskNode(ctx context.Context, node members.Node, ask func(ctx context.Context, engine members.Engine) error) error
	Ask(ctx context.Context, ask func(ctx context.Context, api *client.Client) error) error
	Changed()
}

// Reservations are those of one client. Make them with New.
type Reservations struct {
	fleet  Fleet
	open   core.OpenRequest
	labels map[string]string // of whoever reserves
	waits  waits
	// looking bounds how many calls look at their own task.
	looking chan struct{}

	preparing *attempt.Shared[imageID]
	marked    time.Time // by preparing: when nodes got the placeholder's image the last time
	silent    error     // and why one did not

	mu    sync.Mutex
	held  map[string]bool   // the reservations of calls under way
	notes map[string]string // the nodes of given up reservations, see GiveUp
	swept time.Time
	began sync.Once

	life context.Context
	end  context.CancelFunc
}

// New makes the reservations of a client.
func New(fleet Fleet, open core.OpenRequest) *Reservations {
	r := &Reservations{fleet: fleet, open: open, held: map[string]bool{}, notes: map[string]string{}, looking: make(chan struct{}, earlyCalls)}
	r.labels = ownerLabels(open)
	r.life, r.end = context.WithCancel(context.Background())
	r.preparing = attempt.New[imageID](r.life, nil)
	r.waits = waits{list: r.listTasks, waiting: map[string]*waiter{}}
	return r
}

// Close ends what waits.
func (r *Reservations) Close() { r.end() }

func (r *Reservations) hold(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[id] = true
}

func (r *Reservations) isHeld(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held[id]
}

func (r *Reservations) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.held, id)
}

// Place is a reservation on a node.
type Place struct {
	ID        string // the value of LabelReservation
	ServiceID string
	Node      members.Node
	Client    members.Engine
	// Devices are the names of those that Swarm has assigned, by kind.
	Devices map[string][]string
}
