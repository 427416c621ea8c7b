package hostfiles

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestPersistence: what loses the connection is repeated, until ten attempts in a row have moved nothing.
func TestPersistence(t *testing.T) {
	for name, c := range map[string]struct {
		losses, moves int // the attempts that lose the connection; of these, which one moves something
		attempts      int
		kind          core.Kind
	}{
		"none":                  {0, 0, 1, ""},
		"several in a row":      {9, 0, 10, ""},
		"one too many":          {10, 0, 10, core.KindConnectionLost},
		"more, but one moves":   {15, 9, 16, ""},
		"for ever from a point": {1000, 5, 14, core.KindConnectionLost},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts, moved := 0, int64(0)
				err := persist(context.Background(), func() int64 { return moved }, func() error {
					if attempts++; attempts > c.losses {
						return nil
					}
					if attempts == c.moves {
						moved++
					}
					return core.Errorf(core.KindConnectionLost, "lost")
				})
				if attempts != c.attempts || core.KindOf(err) != c.kind {
					t.Errorf("%d attempts, %v", attempts, err)
				}
			})
		})
	}
}
