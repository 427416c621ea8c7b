package engine

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/docker/cli/cli/command/formatter"
	cliimage "github.com/docker/cli/cli/command/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageHistory implements core.Images. Docker's own formatter makes the rows.
func (e *Engine) ImageHistory(ctx context.Context, req core.HistoryRequest) (rows []json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Image: &req.Image, Repeat: true}, func(ctx context.Context) error {
		layers, err := e.api.ImageHistory(ctx, req.Image)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		//lint:ignore SA1019 deprecated without a replacement
		err = cliimage.HistoryWrite(formatter.Context{
			Output: &out, Format: jsonFormat, Trunc: !req.NoTrunc,
		}, !req.Raw, layers)
		rows = splitRows(out.Bytes())
		return err
	})
	return rows, err
}
