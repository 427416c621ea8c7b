package engine

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/rows"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageHistory implements core.Images.
func (e *Engine) ImageHistory(ctx context.Context, req core.HistoryRequest) (list []json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Image: &req.Image, Repeat: true}, func(ctx context.Context) error {
		layers, err := e.api.ImageHistory(ctx, req.Image)
		if err != nil {
			return err
		}
		list, err = rows.History(layers, req.NoTrunc, req.Raw)
		return err
	})
	return list, err
}
