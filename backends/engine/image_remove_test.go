package engine

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestImageIsRemovedBesideAnother: engines with containerd's store fail if two names of an image
// are removed at the same time. A second request removes the name, or finds that the first one did.
func TestImageIsRemovedBesideAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		second int
		answer string
		want   []string
	}{
		{"by the second request", http.StatusOK, `[{"Untagged":"x:v1"}]`, []string{"x:v1"}},
		{"by the first one", http.StatusNotFound, `{"message":"No such image: x:v1"}`, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			e := lyingEngine(t, func(w http.ResponseWriter, _ *http.Request) {
				if asked++; asked == 1 {
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte(`{"message":"image \"moby-dangling@sha256:` + strings.Repeat("0", 64) + `\": not found"}`))
					return
				}
				w.WriteHeader(c.second)
				_, _ = w.Write([]byte(c.answer))
			})
			removed, err := e.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: "x:v1"})
			if err != nil || asked != 2 || !slices.Equal(removed.Untagged, c.want) {
				t.Errorf("got %+v, %v; asked %d times", removed, err, asked)
			}
		})
	}
}
