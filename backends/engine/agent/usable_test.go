package agent

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// TestAgentsAreNotUsedEverywhere: an engine for another processor cannot run them, and one that
// gives containers other user IDs would see other owners of files.
func TestAgentsAreNotUsedEverywhere(t *testing.T) {
	for _, one := range []struct {
		os, arch, option string
		usable           bool
	}{{"linux", "amd64", "name=seccomp,profile=default", true}, {"linux", "amd64", "name=userns", false}, {"linux", "s390x", "name=seccomp", false}, {"windows", "amd64", "", false}} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case strings.HasSuffix(r.URL.Path, "/version"):
				fmt.Fprintf(w, `{"Os": %q, "Arch": %q}`, one.os, one.arch)
			case strings.HasSuffix(r.URL.Path, "/info"):
				fmt.Fprintf(w, `{"SecurityOptions": [%q]}`, one.option)
			default:
				w.Header().Set("Api-Version", "1.51")
			}
		}))
		t.Cleanup(server.Close)
		h := New(sessionOf(t, server), nil)
		if usable, err := h.Usable(t.Context()); err != nil || usable != one.usable {
			t.Errorf("%+v: %v, %v", one, usable, err)
		}
	}
}

func sessionOf(t *testing.T, server *httptest.Server) *session.Session {
	t.Helper()
	s, err := session.New(session.Options{Target: "fake", ConnectTimeout: 2 * time.Minute, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(func() {}) })
	return s
}
