package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"slices"

	"github.com/docker/cli/cli/command/formatter"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

var _ core.Containers = (*Engine)(nil)

// jsonFormat is docker's --format '{{json .}}'.
const jsonFormat = formatter.Format("{{json .}}")

// List implements core.Containers. Docker's own formatter makes the rows. As with
// docker ps, {{json .}} needs the sizes too.
func (e *Engine) List(ctx context.Context) (rows []json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		containers, err := e.listAll(ctx)
		if err != nil {
			return err
		}
		rows, err = formatRows(containers)
		return err
	})
	return rows, err
}

func (e *Engine) listAll(ctx context.Context) ([]container.Summary, error) {
	return session.Undisturbed(ctx, func() ([]container.Summary, error) {
		return e.api.ContainerList(ctx, container.ListOptions{All: true, Size: true})
	})
}

// rowsPerPart is how many rows are worth a goroutine: docker's formatter takes 80 us for each.
const rowsPerPart = 16

// formatRows makes the rows, on all processors.
func formatRows(containers []container.Summary) ([]json.RawMessage, error) {
	type formatted struct {
		rows []json.RawMessage
		err  error
	}
	processors := runtime.GOMAXPROCS(0)
	size := max(rowsPerPart, (len(containers)+processors-1)/processors)
	var parts []chan formatted
	for part := range slices.Chunk(containers, size) {
		done := make(chan formatted, 1)
		parts = append(parts, done)
		guard.Go(func() {
			var out bytes.Buffer
			err := formatter.ContainerWrite(formatter.Context{Output: &out, Format: jsonFormat, Trunc: true}, part)
			done <- formatted{splitRows(out.Bytes()), err}
		}, func(p *guard.Panic) { done <- formatted{err: p} })
	}
	rows := []json.RawMessage{}
	var err error
	for _, done := range parts {
		part := <-done
		rows, err = append(rows, part.rows...), errors.Join(err, part.err)
	}
	return rows, err
}

func splitRows(lines []byte) []json.RawMessage {
	rows := []json.RawMessage{}
	for line := range bytes.Lines(lines) {
		rows = append(rows, json.RawMessage(bytes.TrimSpace(line)))
	}
	return rows
}
