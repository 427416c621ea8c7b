package rows

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/docker/cli/cli/command/formatter"
	"github.com/docker/docker/api/types/image"
)

type historyRow struct {
	Comment, CreatedAt, CreatedBy, CreatedSince, ID, Size string
}

// noAge is the time before which docker shows no age: a build that is to be the same each
// time dates its layers to 1970.
var noAge = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// History returns the rows of docker history, shortened or whole (--no-trunc), for people or
// raw (--human=false).
func History(layers []image.HistoryResponseItem, whole, raw bool) ([]json.RawMessage, error) {
	rows := make([]historyRow, len(layers))
	for i, layer := range layers {
		rows[i] = ofLayer(layer, whole, raw)
	}
	return each(rows)
}

func ofLayer(layer image.HistoryResponseItem, whole, raw bool) historyRow {
	created := time.Unix(layer.Created, 0)
	row := historyRow{
		Comment: layer.Comment, CreatedAt: created.Format(time.RFC3339), CreatedSince: "N/A",
		CreatedBy: strings.ReplaceAll(layer.CreatedBy, "\t", " "), ID: layer.ID, Size: size(layer.Size),
	}
	if !whole {
		row.ID, row.CreatedBy = formatter.TruncateID(row.ID), formatter.Ellipsis(row.CreatedBy, 45)
	}
	if raw {
		row.CreatedSince, row.Size = row.CreatedAt, strconv.FormatInt(layer.Size, 10)
	} else if created.After(noAge) {
		row.CreatedSince = since(created)
	}
	return row
}
