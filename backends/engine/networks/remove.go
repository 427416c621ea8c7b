package networks

import (
	"context"
	"regexp"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// NetworkRemove implements core.Networks. The network is removed by its ID, so that a lost
// answer never leads to another network of the same name.
func (n *Networks) NetworkRemove(ctx context.Context, req core.NetworkRequest) error {
	var found network.Inspect
	operation := session.Operation{Invalid: core.NetworkName(req.Network), Repeat: true}
	return n.session.Perform(ctx, operation, func(ctx context.Context) (err error) {
		asked := found.ID != ""
		if !asked {
			if found, _, err = n.network(ctx, req.Network); err != nil {
				return err
			}
		}
		err = n.session.API.NetworkRemove(ctx, found.ID)
		if asked && cerrdefs.IsNotFound(err) {
			return nil // by the request whose answer was lost
		}
		if err != nil && inUse.MatchString(err.Error()) {
			return n.networkInUse(ctx, found)
		}
		return networkFault(err)
	})
}

var inUse = regexp.MustCompile(`has active endpoints`)

// networkInUse returns the error that names the containers in a network.
func (n *Networks) networkInUse(ctx context.Context, found network.Inspect) error {
	if now, _, err := n.network(ctx, found.ID); err == nil {
		found = now
	}
	containers := make([]string, 0, len(found.Containers))
	for _, one := range found.Containers {
		containers = append(containers, one.Name)
	}
	slices.Sort(containers)
	return core.Errorf(core.KindConflict, "containers are in the network %s (%s): disconnect or remove them", found.Name, strings.Join(containers, ", ")).
		With("containers", containers)
}

var conflicting = regexp.MustCompile(`is a pre-?defined network|on predefined \S+ network|already exists in network|is not connected to|Pool overlaps with other one`)

// networkFault makes a conflict of what engines refuse with other statuses.
func networkFault(err error) error {
	if err != nil && conflicting.MatchString(err.Error()) {
		return core.Errorf(core.KindConflict, "%s", session.EngineMessage(err))
	}
	return err
}
