package imageinfo

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerdStore reports whether an engine keeps its images in containerd's store, going
// by the description of itself that info gets.
func ContainerdStore(ctx context.Context, info func(ctx context.Context) (json.RawMessage, error)) (bool, error) {
	raw, err := info(ctx)
	if err != nil {
		return false, err
	}
	var told struct{ DriverStatus [][2]string }
	if err := json.Unmarshal(raw, &told); err != nil {
		return false, core.Errorf(core.KindEngineError, "the engine's answer to GET /info cannot be read: %w", err)
	}
	return slices.ContainsFunc(told.DriverStatus, func(row [2]string) bool {
		return row[0] == "driver-type" && strings.HasPrefix(row[1], "io.containerd.snapshotter.")
	}), nil
}
