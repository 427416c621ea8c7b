package reserve

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// imageID is what a kind of engines calls the placeholder's image.
type imageID struct{ id string }

// mark is the label of nodes that have the image. Only a manager can set it.
func (i imageID) mark() string {
	_, digest, _ := strings.Cut(i.id, ":")
	return LabelPlaceholder + "." + digest[:12]
}

func (i imageID) constraint() string { return "node.labels." + i.mark() + "==1" }

// atOnce bounds how many nodes are prepared at the same time.
const atOnce = 8

// lookAgain is how long a node that could not be prepared is left alone.
const lookAgain = time.Minute

// prepare makes sure that nodes have the placeholder's image, and returns the one that most of
// them use. Nodes with another, of another architecture or kind of image store, get no runs, since a
// service has one image; so do nodes that cannot be reached, which a warning names.
func (r *Reservations) prepare(ctx context.Context) (imageID, error) {
	return r.preparing.Do(ctx, r.prepareNow)
}

func (r *Reservations) prepareNow(ctx context.Context) (imageID, error) {
	nodes, err := r.fleet.Nodes(ctx)
	if err != nil {
		return imageID{}, err
	}
	var missing []members.Node
	for _, node := range nodes {
		if node.Schedulable && len(marksOf(node)) == 0 {
			missing = append(missing, node)
		}
	}
	if len(missing) > 0 && time.Since(r.marked) > lookAgain {
		if _, r.silent = r.markAll(ctx, missing); ctx.Err() != nil {
			return imageID{}, core.ContextError(ctx, "")
		}
		r.marked = time.Now()
		r.fleet.Changed()
		if nodes, err = r.fleet.Nodes(ctx); err != nil {
			return imageID{}, err
		}
	}
	if most := mostMarked(nodes); most.id != "" {
		return most, nil
	}
	if r.silent == nil {
		return imageID{}, core.Errorf(core.KindEngineUnreachable, "no node of the fleet can take a run now: %s", has(nodes))
	}
	return imageID{}, r.silent
}

// markAll prepares nodes, and returns how many were, and why one could not be.
func (r *Reservations) markAll(ctx context.Context, nodes []members.Node) (loaded int, silent error) {
	var mu sync.Mutex
	_ = guard.Each(ctx, atOnce, len(nodes), func(i int) error {
		err := r.fleet.WhileUp(ctx, nodes[i].ID, func(ctx context.Context) error { return r.load(ctx, nodes[i]) })
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			silent = err
			core.Report(ctx, core.WarningEvent{Event: "warning", Message: "no run can be placed on node " + nodes[i].Name + ": " + err.Error()})
		}
		if err == nil {
			loaded++
		}
		return nil
	})
	return loaded, silent
}

// loadAgain prepares all nodes that can get runs, and fails if none could be.
func (r *Reservations) loadAgain(ctx context.Context) error {
	nodes, err := r.fleet.Nodes(ctx)
	if err != nil {
		return err
	}
	nodes = slices.DeleteFunc(slices.Clone(nodes), func(n members.Node) bool { return !n.Schedulable })
	if loaded, silent := r.markAll(ctx, nodes); loaded == 0 {
		return silent
	}
	return nil
}

// load makes sure that a node has the image, and marks the node.
func (r *Reservations) load(ctx context.Context, node members.Node) error {
	image, err := placeholderFor(architecture(node.Architecture))
	if err != nil {
		return err
	}
	engine, err := r.fleet.Client(ctx, node)
	if err != nil {
		return err
	}
	id, err := r.present(ctx, engine, image)
	if err == nil && id == "" {
		if _, err = engine.ImageLoad(ctx, core.LoadRequest{}, core.Streams{Stdin: bytes.NewReader(image.archive)}); err == nil {
			id, err = r.present(ctx, engine, image)
		}
	}
	if err == nil && id == "" {
		err = core.Errorf(core.KindEngineError, "node %s has loaded the placeholder's image, and has none", node.Name)
	}
	if err != nil {
		return err
	}
	return r.mark(ctx, node, imageID{id})
}

// present returns the image's ID on an engine; "" if it has none.
func (r *Reservations) present(ctx context.Context, engine members.Engine, image placeholder) (string, error) {
	for _, id := range []string{image.config.String(), image.manifest.String()} {
		there, err := engine.ImageExists(ctx, core.ImageRequest{Image: id})
		if err != nil || there {
			return id, err
		}
	}
	return "", nil
}

// mark sets the label of a node, whatever others change of the node meanwhile.
func (r *Reservations) mark(ctx context.Context, node members.Node, image imageID) error {
	return r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		for {
			now, _, err := api.NodeInspectWithRaw(ctx, node.ID)
			if err != nil || now.Spec.Labels[image.mark()] == "1" {
				return err
			}
			if now.Spec.Labels == nil {
				now.Spec.Labels = map[string]string{}
			}
			now.Spec.Labels[image.mark()] = "1"
			err = api.NodeUpdate(ctx, node.ID, now.Version, now.Spec)
			if err == nil || !outOfDate(err) {
				return err
			}
		}
	})
}

// outOfDate reports whether somebody else has changed the object since it was read.
func outOfDate(err error) bool {
	return cerrdefs.IsConflict(err) || strings.Contains(err.Error(), "update out of sequence")
}

// marksOf lists the images that a node is marked with, of those that this library makes.
func marksOf(node members.Node) []imageID {
	image, err := placeholderFor(architecture(node.Architecture))
	if err != nil {
		return nil
	}
	var marks []imageID
	for _, id := range []imageID{{image.config.String()}, {image.manifest.String()}} {
		if node.Labels[id.mark()] == "1" {
			marks = append(marks, id)
		}
	}
	return marks
}

// mostMarked returns the image that most nodes have which can get runs.
func mostMarked(nodes []members.Node) imageID {
	counts := map[imageID]int{}
	for _, node := range nodes {
		for _, id := range marksOf(node) {
			counts[id]++
			if node.Schedulable {
				counts[id] += len(nodes)
			}
		}
	}
	var most imageID
	for id, count := range counts {
		if count > counts[most] || count == counts[most] && id.id < most.id {
			most = id
		}
	}
	return most
}
