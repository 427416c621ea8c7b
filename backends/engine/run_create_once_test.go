package engine

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestNameIsTakenByAContainerInTheMaking loses the answer of a creation that the engine
// carries out slowly: the name is taken before there is a container.
func TestNameIsTakenByAContainerInTheMaking(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ours bool
		kind core.Kind
	}{
		"by the same call": {true, ""},
		"by another":       {false, core.KindConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow := &slowlyCreating{id: strings.Repeat("a", 64), ours: c.ours}
			e := lyingEngine(t, slow.answer)
			made, err := e.Create(t.Context(), core.CreateContainerRequest{Image: "x", Options: []string{"--name", "box"}}, nil)
			if core.KindOf(err) != c.kind || err == nil && made.ID != slow.id {
				t.Errorf("got %+v, %v", made, err)
			}
		})
	}
}

// slowlyCreating is an engine whose container is there when somebody has asked for it three
// times. It breaks off the answer to the first creation. Its requests come one at a time.
type slowlyCreating struct {
	id     string
	ours   bool
	labels map[string]string
	asked  int
}

func (s *slowlyCreating) answer(w http.ResponseWriter, r *http.Request) {
	switch path.Base(r.URL.Path) {
	case "create":
		s.create(w, r)
	case "json":
		s.look(w, path.Base(path.Dir(r.URL.Path)) == s.id)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *slowlyCreating) create(w http.ResponseWriter, r *http.Request) {
	if s.labels != nil {
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(w, `{"message":"Conflict. The container name \"/box\" is already in use by container \"%s\"."}`, s.id)
		return
	}
	var asked struct{ Labels map[string]string }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	s.labels = asked.Labels
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func (s *slowlyCreating) look(w http.ResponseWriter, one bool) {
	if one {
		s.asked++
	}
	there := s.asked >= 3
	switch {
	case one && !there:
		w.WriteHeader(http.StatusNotFound)
	case one:
		_ = json.NewEncoder(w).Encode(map[string]any{"Id": s.id})
	case there && s.ours:
		_ = json.NewEncoder(w).Encode([]any{map[string]any{"Id": s.id, "Labels": s.labels}})
	default:
		_, _ = w.Write([]byte("[]"))
	}
}
