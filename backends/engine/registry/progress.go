package registry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// LayerProgress passes the engine's messages about a transfer on as events. It is used
// by one goroutine.
type LayerProgress struct {
	emit func(any) // nil if nobody listens
	seen map[string]layerSeen
}

type layerSeen struct {
	status string
	at     time.Time
}

// NewLayerProgress returns a LayerProgress; its messages go nowhere unless wanted.
func NewLayerProgress(wanted bool, emit func(any)) *LayerProgress {
	if !wanted {
		emit = nil
	}
	return &LayerProgress{emit: emit, seen: map[string]layerSeen{}}
}

// Message passes on one message; of many about the same step, it passes on the first, the
// last and some in between.
func (p *LayerProgress) Message(m *jsonmessage.JSONMessage) {
	switch {
	case p.emit == nil || m.Status == "":
	case m.ID == "" || m.Progress == nil:
		text := m.Status
		if m.ID != "" {
			text = m.ID + ": " + text
		}
		p.emit(core.StatusEvent{Event: "status", Message: text})
	default:
		p.layer(m)
	}
}

// maxLayers bounds the layers whose progress is reported; an image has 127 at most.
const maxLayers = 1000

func (p *LayerProgress) layer(m *jsonmessage.JSONMessage) {
	last, known := p.seen[m.ID]
	if !known && len(p.seen) >= maxLayers {
		return
	}
	now := time.Now()
	done, total := m.Progress.Current, m.Progress.Total
	if last.status == m.Status && now.Sub(last.at) < core.ProgressInterval && (total <= 0 || done < total) {
		return
	}
	p.seen[m.ID] = layerSeen{m.Status, now}
	if total <= 0 {
		total = -1
	}
	p.emit(core.LayerEvent{Event: "layer", ID: m.ID, Status: m.Status, Done: done, Total: total})
}

// EachMessage reads the engine's messages to their end. An error among them is
// returned as the engine worded it.
func EachMessage(ctx context.Context, body io.ReadCloser, take func(*jsonmessage.JSONMessage)) error {
	defer func() { _ = body.Close() }()
	decoder := json.NewDecoder(body)
	for {
		var m jsonmessage.JSONMessage
		switch err := decoder.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case core.KindOf(err) != "": // the connection's own error
			return err
		case err != nil && session.ConnectionBroke(err):
			return core.Errorf(core.KindConnectionLost, "the connection to the engine ended before its answer did: %w", err)
		case err != nil:
			return core.Errorf(core.KindEngineError, "the engine's answer cannot be read: %w", err)
		case m.Error != nil:
			return m.Error
		}
		take(&m)
	}
}
