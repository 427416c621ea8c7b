package build

import (
	"fmt"
	"strings"
	"time"
)

// transcript is the build's log as docker prints it without a terminal. It keeps only the
// end of a very long one.
type transcript struct {
	text  strings.Builder
	emit  func(text string) // gets whole lines as they are written; may be nil
	short bool              // something was left out
}

// A log of more than maxLog bytes loses its first half.
const maxLog = 16 << 20

const leftOut = "[the first part of a very long log is left out]\n"

func (t *transcript) line(number int, text string) {
	t.write(fmt.Sprintf("#%d %s\n", number, text))
}

func (t *transcript) write(lines string) {
	if t.text.Len()+len(lines) > maxLog {
		kept := t.text.String()[t.text.Len()/2:]
		_, kept, _ = strings.Cut(kept, "\n")
		t.text.Reset()
		t.text.WriteString(kept)
		t.short = true
	}
	t.text.WriteString(lines)
	if t.emit != nil {
		t.emit(lines)
	}
}

// String returns the log.
func (t *transcript) String() string {
	if t.short {
		return leftOut + t.text.String()
	}
	return t.text.String()
}

// clock returns a time within a step as docker prints it.
func clock(d time.Duration) string { return fmt.Sprintf("%.3f", max(0, d.Seconds())) }

// took returns how long a step took as docker prints it.
func took(d time.Duration) string { return fmt.Sprintf("%.1fs", max(0, d.Seconds())) }

// size returns a number of bytes as docker prints it.
func size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%dB", n)
	}
	value, suffix := float64(n)/unit, 0
	for value >= unit && suffix < len(units)-1 {
		value, suffix = value/unit, suffix+1
	}
	return fmt.Sprintf("%.2f%s", value, units[suffix])
}

var units = []string{"kB", "MB", "GB", "TB"}
