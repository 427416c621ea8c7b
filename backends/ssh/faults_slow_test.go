//go:build slow

package ssh

import (
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestFaultsForAMinute has the faults that take a minute, on runs that print for one.
func TestFaultsForAMinute(t *testing.T) {
	long := []fault{
		{"black hole for 20 s", 1200, "0.05", false, true, func(t *testing.T, c *counted, p *proxy, _ *ownSSHD) {
			blackHole(t, c, p, 20*time.Second)
		}},
		{"cut every 2 s", 1200, "0.05", false, false, func(t *testing.T, c *counted, p *proxy, _ *ownSSHD) {
			c.out.reach(t, 20)
			cutEvery(t, c, p, 2*time.Second)
		}},
		{"sshd restarted every 10 s", 1200, "0.05", true, false, func(t *testing.T, c *counted, _ *proxy, own *ownSSHD) {
			for range 5 {
				select {
				case <-c.done:
					return
				case <-time.After(10 * time.Second):
					own.kill()
					own.start()
				}
			}
		}},
	}
	state := bed.Load(t)
	for _, on := range bed.Engines(t) {
		for _, f := range long {
			t.Run(f.name+" on "+on.Name, func(t *testing.T) {
				t.Parallel()
				f.run(t, state, on)
			})
		}
	}
}
