package core

import (
	"context"
	"encoding/json"
)

// Events follows what happens on the engine.
type Events interface {
	// Events writes an EventLine to Streams.Stdout for each event, as a line of JSON, until the
	// time that the request names, or for ever. It goes on after a lost connection: no event
	// is written twice, and where one may be missing, a line says so.
	Events(ctx context.Context, req EventsRequest, io Streams) error
}

// EventsRequest asks for events. Times are those of docker events: Unix seconds, RFC 3339, or an
// age ("10m") by the engine's clock.
type EventsRequest struct {
	// Filters are docker's, each with its values.
	Filters map[string][]string `json:"filters,omitempty"`
	// Since is "" for events from the call on, or, if Until is past, all that the engine keeps.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// WaitedSeconds is how long ago the caller made the call. Ages count from then.
	WaitedSeconds float64 `json:"waited,omitempty"`
}

// EventLine is one of its members.
type EventLine struct {
	Node  string          `json:"node,omitempty"`  // of a fleet: where it happened
	Event json.RawMessage `json:"event,omitempty"` // as the engine wrote it
	Gap   *EventGap       `json:"gap,omitempty"`
}

// The values of EventGap.Reason.
const (
	// GapNotKept: the engine does not have the events any more. It keeps the last 256, until
	// it is restarted.
	GapNotKept = "not_kept"
	// GapSlowReader: the caller read too slowly.
	GapSlowReader = "slow_reader"
)

// EventGap says that events may be missing. Times are Unix nanoseconds by the engine's clock.
type EventGap struct {
	Reason string `json:"reason"`
	Since  int64  `json:"since"`
	Until  int64  `json:"until"`
	// Lost counts the events; -1 if the number is unknown.
	Lost int64 `json:"lost"`
}
