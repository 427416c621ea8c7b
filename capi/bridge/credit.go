package bridge

import (
	"context"
	"math"
	"sync"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// initialCredit is MLNG_INITIAL_CREDIT.
const initialCredit = 1 << 20

// leftBehind is how much is sent beyond the credit of a reader whose process was
// signalled. A process that ended has less than that in transit: the engine, the kernels
// and an SSH connection buffer some 2 MiB each.
const leftBehind = 16 << 20

// credit is how many bytes an operation may still send.
type credit struct {
	mu   sync.Mutex
	more *sync.Cond
	left uint64
	lent uint64 // what may be sent beyond it
	owed uint64 // what was: it is taken from later grants
	drop bool   // nothing waits for credit any more
	ctx  context.Context
}

func (c *credit) init(ctx context.Context) {
	c.more, c.left, c.ctx = sync.NewCond(&c.mu), initialCredit, ctx
}

// take waits for credit and takes at most want of it. It returns 0 if output is to be
// dropped.
func (c *credit) take(want int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left+c.lent == 0 && !c.drop {
		stop := guard.OnDone(c.ctx, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.more.Broadcast()
		})
		defer stop()
		for c.left+c.lent == 0 && !c.drop && c.ctx.Err() == nil {
			c.more.Wait()
		}
	}
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n := min(uint64(want), c.left)
	if c.left -= n; n == 0 {
		n = min(uint64(want), c.lent)
		c.lent, c.owed = c.lent-n, c.owed+n
	}
	return int(n), nil
}

func (c *credit) grant(n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	back := min(n, c.owed)
	n, c.owed, c.lent = n-back, c.owed-back, c.lent+back
	if n > math.MaxUint64-leftBehind-c.left {
		n = math.MaxUint64 - leftBehind - c.left
	}
	c.left += n
	c.more.Broadcast()
}

// letThrough implements core.Streams.LetThrough.
func (c *credit) letThrough(drop bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lent, c.drop = leftBehind-c.owed, c.drop || drop
	c.more.Broadcast()
}
