package engine

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/docker/cli/cli/command/formatter"
	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

var _ core.Images = (*Engine)(nil)

// ImageList implements core.Images. Docker's own formatter makes the rows.
func (e *Engine) ImageList(ctx context.Context) (rows []json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		images, err := e.api.ImageList(ctx, image.ListOptions{})
		if err != nil {
			return err
		}
		var out bytes.Buffer
		err = formatter.ImageWrite(formatter.ImageContext{
			Context: formatter.Context{Output: &out, Format: jsonFormat, Trunc: true},
		}, images)
		rows = splitRows(out.Bytes())
		return err
	})
	return rows, err
}
