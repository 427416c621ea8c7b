package bridge

import (
	"context"
	"math"
	"sync"
)

// initialCredit is MLNG_INITIAL_CREDIT.
const initialCredit = 1 << 20

// credit is how many bytes an operation may still send.
type credit struct {
	mu   sync.Mutex
	more *sync.Cond
	left uint64
	ctx  context.Context
}

func (c *credit) init(ctx context.Context) {
	c.more, c.left, c.ctx = sync.NewCond(&c.mu), initialCredit, ctx
}

// take waits for credit and takes at most want of it.
func (c *credit) take(want int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 {
		stop := context.AfterFunc(c.ctx, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.more.Broadcast()
		})
		defer stop()
		for c.left == 0 && c.ctx.Err() == nil {
			c.more.Wait()
		}
	}
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n := min(uint64(want), c.left)
	c.left -= n
	return int(n), nil
}

func (c *credit) grant(n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > math.MaxUint64-c.left {
		n = math.MaxUint64 - c.left
	}
	c.left += n
	c.more.Broadcast()
}
