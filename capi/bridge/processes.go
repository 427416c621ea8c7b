package bridge

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core/liveness"
)

// processRequest has the name of a process.
type processRequest struct {
	Process string `json:"process"`
}

// processName names this process for programs that may have to clean up after it; "" if
// nobody could prove its end.
func processName(context.Context, *call) (processRequest, error) {
	return processRequest{liveness.Self().String()}, nil
}

// goneResult says whether a process is proven to have ended.
type goneResult struct {
	Gone bool `json:"gone"`
}

// processGone reports whether a process is proven to have ended.
func processGone(_ context.Context, _ *call, request processRequest) (goneResult, error) {
	return goneResult{liveness.Gone(request.Process)}, nil
}
