package bridge

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core/liveness"
)

type processRequest struct {
	Process string `json:"process"`
}

// processName names this process for programs that may have to clean up after it; "" if
// nobody could prove its end.
func processName(context.Context, *call) (any, error) {
	return processRequest{liveness.Self().String()}, nil
}

type goneResult struct {
	Gone bool `json:"gone"`
}

// processGone reports whether a process is proven to have ended.
func processGone(_ context.Context, c *call) (any, error) {
	request, err := decode[processRequest](c)
	return goneResult{liveness.Gone(request.Process)}, err
}
