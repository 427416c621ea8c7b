package events

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// message is an event. Its raw form goes on to the caller, who relies on these types.
type message struct {
	Type, Action string
	Actor        struct {
		ID         string
		Attributes map[string]string
	}
	Scope    string
	Time     int64 // seconds
	TimeNano int64

	raw json.RawMessage
}

// at is the event's time by the engine's clock.
func (m message) at() time.Time { return time.Unix(0, m.TimeNano) }

// latest bounds an event's time in seconds: nanoseconds have to fit into 64 bits.
const latest = 1 << 33

func parse(raw json.RawMessage) (message, error) {
	m := message{raw: raw}
	err := json.Unmarshal(raw, &m)
	if err == nil && (m.Time < 0 || m.Time > latest || m.TimeNano < 0) {
		err = errors.New("its time is out of range")
	}
	if err == nil && bounded.TooDeep(raw) {
		err = errors.New("it is nested deeper than an engine's is")
	}
	if err != nil {
		return m, core.Errorf(core.KindEngineError, "an event of the engine cannot be read: %w", err)
	}
	if m.TimeNano == 0 {
		m.TimeNano = m.Time * 1e9
	}
	return m, nil
}

// eachMessage reads messages to the end of a stream.
func eachMessage(stream io.Reader, take func(message) error) error {
	decoder := json.NewDecoder(stream)
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		var malformed *json.SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &malformed):
			return core.Errorf(core.KindEngineError, "the engine's events cannot be read: %w", err)
		case err != nil:
			return err
		}
		m, err := parse(raw)
		if err == nil {
			err = take(m)
		}
		if err != nil {
			return err
		}
	}
}
