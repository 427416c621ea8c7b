package guard

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each runs do for 0 to n-1, at most limit at once, until one gives an error or panics. It
// returns the first error, or why ctx ended.
func Each(ctx context.Context, limit, n int, do func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(limit, n) {
		wg.Add(1)
		Go(func() {
			defer wg.Done()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := recovered(func() error { return do(i) }); err != nil {
					cancel(err)
				}
			}
		}, nil)
	}
	wg.Wait()
	return context.Cause(ctx)
}

// All runs functions at once, until one gives an error or panics. It returns the first error,
// or why ctx ended.
func All(ctx context.Context, functions ...func() error) error {
	return Each(ctx, len(functions), len(functions), func(i int) error { return functions[i]() })
}
