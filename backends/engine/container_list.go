package engine

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/docker/cli/cli/command/formatter"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

var _ core.Containers = (*Engine)(nil)

// jsonFormat is docker's --format '{{json .}}'.
const jsonFormat = formatter.Format("{{json .}}")

// List implements core.Containers. Docker's own formatter makes the rows. As with
// docker ps, {{json .}} needs the sizes too.
func (e *Engine) List(ctx context.Context) (rows []json.RawMessage, err error) {
	err = e.call(ctx, "list_containers", nil, func(ctx context.Context) error {
		containers, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Size: true})
		if err != nil {
			return err
		}
		var out bytes.Buffer
		err = formatter.ContainerWrite(formatter.Context{Output: &out, Format: jsonFormat, Trunc: true}, containers)
		rows = splitRows(out.Bytes())
		return err
	})
	return rows, err
}

func splitRows(lines []byte) []json.RawMessage {
	rows := []json.RawMessage{}
	for line := range bytes.Lines(lines) {
		rows = append(rows, json.RawMessage(bytes.TrimSpace(line)))
	}
	return rows
}
