package imageinfo

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestContainerdStore(t *testing.T) {
	for told, want := range map[string]bool{
		`{"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}`:              true,
		`{"DriverStatus": [["x", "y"], ["driver-type", "io.containerd.snapshotter.v2"]]}`:  true,
		`{"Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]]}`:        false,
		`{"Driver": "overlayfs", "DriverStatus": [["x", "io.containerd.snapshotter.v1"]]}`: false,
		`{}`: false,
	} {
		got, err := ContainerdStore(t.Context(), func(context.Context) (json.RawMessage, error) { return json.RawMessage(told), nil })
		if got != want || err != nil {
			t.Errorf("%s: %t, %v", told, got, err)
		}
	}
	why := errors.New("why")
	if _, err := ContainerdStore(t.Context(), func(context.Context) (json.RawMessage, error) { return nil, why }); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	if _, err := ContainerdStore(t.Context(), func(context.Context) (json.RawMessage, error) { return json.RawMessage("["), nil }); core.KindOf(err) != core.KindEngineError {
		t.Errorf("%v", err)
	}
}
