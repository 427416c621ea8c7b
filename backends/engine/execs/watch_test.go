package execs

import (
	"testing"
	"time"
)

// TestAnEngineThatIsBehind is given more time as long as it works towards an end, and no longer:
// it tells of ends in their order.
func TestAnEngineThatIsBehind(t *testing.T) {
	const hour = time.Hour
	tests := map[string]struct {
		container string
		began     time.Duration // before the exec was missing
		moves     bool
	}{
		"began earlier":                      {"box", hour, true},
		"began later":                        {"box", -hour, false},
		"began earlier in another container": {"other", hour, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := &missings{execs: map[*missing]bool{}}
			x := &missing{container: "box"}
			if waited := m.awaited(x); waited > hour/2 {
				t.Errorf("it was awaited for %v at first", waited)
			}
			x.moved = x.moved.Add(-hour)
			m.noticed(tt.container, x.since.Add(-tt.began))
			if waited := m.awaited(x); waited < hour != tt.moves {
				t.Errorf("it was awaited for %v", waited)
			}
			m.found(x)
			if waited := m.awaited(x); waited > hour/2 {
				t.Errorf("it was awaited for %v from before it was found", waited)
			}
		})
	}
}
