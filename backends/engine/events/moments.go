package events

import (
	"fmt"
	"strconv"
	"time"

	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/core"
)

// moment is a time, or an age, which becomes one by the engine's clock. The zero value is none.
type moment struct {
	given bool
	at    time.Time
	isAge bool
	age   time.Duration
}

func parseMoment(name, text string) (moment, error) {
	if text == "" {
		return moment{}, nil
	}
	if age, err := time.ParseDuration(text); err == nil && text != "0" {
		return moment{given: true, isAge: true, age: age}, nil
	}
	stamp, err := timetypes.GetTimestamp(text, time.Time{})
	if err == nil {
		var seconds, nanos int64
		if seconds, nanos, err = timetypes.ParseTimestamps(stamp, 0); err == nil {
			return moment{given: true, at: time.Unix(seconds, nanos)}, nil
		}
	}
	return moment{}, core.Errorf(core.KindInvalidArgument, "%s=%q is neither a time nor an age such as 10m: %w", name, text, err)
}

// Moment returns a time or an age as engines read it, by a clock that shows now. Docker's
// own function drops an age's fraction of a second, and with it what happened just now.
func Moment(text string, now time.Time) (string, error) {
	if age, err := time.ParseDuration(text); err == nil && text != "0" {
		return stamp(now.Add(-age)), nil
	}
	return timetypes.GetTimestamp(text, now)
}

// by returns the time by a clock that shows now.
func (m moment) by(now time.Time) time.Time {
	if m.isAge {
		return now.Add(-m.age)
	}
	return m.at
}

// span is the time that a caller asks for.
type span struct{ since, until moment }

// check refuses a span that ends before it begins, whatever the engine's clock shows.
func (s span) check() error {
	if s.since.given && s.until.given && s.since.isAge == s.until.isAge {
		now := time.Now()
		return inOrder(s.since.by(now), s.until.by(now))
	}
	return nil
}

func inOrder(since, until time.Time) error {
	if until.Before(since) {
		return core.Errorf(core.KindInvalidArgument, "until (%s) is before since (%s)", until.UTC().Format(time.RFC3339Nano), since.UTC().Format(time.RFC3339Nano))
	}
	return nil
}

// stamp writes a time as engines read it.
func stamp(t time.Time) string {
	nanos := max(t.UnixNano(), 0)
	return strconv.FormatInt(nanos/1e9, 10) + "." + fmt.Sprintf("%09d", nanos%1e9)
}
