package agent

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
)

// unlabelled are containers of no client.
type unlabelled struct{ Containers }

func (unlabelled) Labels() map[string]string { return map[string]string{} }

// TestImageThatIsLostIsImportedAgain: whoever removes an image at the same time may take the
// layer from an image that is being imported, or that a container is being made of.
func TestImageThatIsLostIsImportedAgain(t *testing.T) {
	const lost = "rpc error: code = NotFound desc = content digest sha256:e26262a3379649a0a6bd20ede89aa2d4a7a61263138a955ab778d55417ad4a9d: not found"
	var h *Helpers
	var did []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		path := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		what := path + " " + strings.Split(strings.TrimPrefix(r.URL.Path, "/v1.51"), "/")[1]
		did = append(did, what)
		times := len(slices.DeleteFunc(slices.Clone(did), func(one string) bool { return one != what }))
		switch {
		case path == "version":
			fmt.Fprint(w, `{"Os": "linux", "Arch": "amd64"}`)
		case path == "info":
			fmt.Fprint(w, `{}`)
		case what == "json images" && times == 1:
			http.Error(w, `{"message": "no such image"}`, http.StatusNotFound)
		case what == "json images" && times == 2, what == "create containers" && times == 1:
			http.Error(w, fmt.Sprintf(`{"message": %q}`, lost), http.StatusInternalServerError)
		case what == "json images":
			fmt.Fprintf(w, `{"Id": "sha256:x", "Config": {"Labels": {%q: "1"}}, "RootFS": {"Layers": [%q]}}`, Label, h.layer)
		case what == "create images" && times == 1:
			fmt.Fprintf(w, `{"error": %q}`, lost)
		case what == "create images":
			fmt.Fprint(w, `{"status": "sha256:x"}`)
		case what == "create containers":
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"Id": "made"}`)
		default:
			w.Header().Set("Api-Version", "1.51")
		}
	}))
	t.Cleanup(server.Close)
	h = New(sessionOf(t, server), unlabelled{})
	id, err := h.make(t.Context(), &container.Config{}, &container.HostConfig{})
	if err != nil || id != "made" {
		t.Errorf("%q, %v, after %v", id, err, did)
	}
}
