package bridge

// Status is what an export returns; see include/ml_nexus_go.h.
type Status int32

// The statuses that Go returns. MLNG_EFORKED is the C shim's.
const (
	OK      Status = 0
	EInval  Status = 1
	EHandle Status = 2
	ERange  Status = 3
	EClosed Status = 5
	EPanic  Status = 6
)
