package engine

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Containers implements core.Containers.
func (e *Engine) Containers(ctx context.Context, req core.ContainerListRequest) (raw json.RawMessage, err error) {
	path, invalid := filterargs.Request("/containers/json", req.Filters, filterargs.OfContainers, map[string]bool{"all": req.All, "size": req.Sizes})
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		list := func() (json.RawMessage, error) { return e.session.List(ctx, path) }
		if req.Sizes {
			raw, err = session.Undisturbed(ctx, list)
		} else {
			raw, err = list()
		}
		return err
	})
	return raw, err
}

var imageFilters = []string{"before", "dangling", "label", "reference", "since", "until"}

// Images implements core.Images.
func (e *Engine) Images(ctx context.Context, req core.ImageListRequest) (raw json.RawMessage, err error) {
	path, invalid := filterargs.Request("/images/json", req.Filters, imageFilters, map[string]bool{"all": req.All})
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		raw, err = e.session.List(ctx, path)
		return err
	})
	return raw, err
}
