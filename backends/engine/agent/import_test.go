package agent

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestImageIsImportedOnce: a second import would take the name from the first, which
// a container may have been made of.
func TestImageIsImportedOnce(t *testing.T) {
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			s, err := session.New(session.Options{Target: on.Host, ConnectTimeout: time.Minute, Dial: func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", on.Socket)
			}})
			if err != nil {
				t.Fatal(err)
			}
			h := New(s, nil)
			t.Cleanup(func() { _ = s.Close(h.Close) })
			if err := s.Negotiate(t.Context()); err != nil {
				t.Fatal(err)
			}
			ref, _, err := h.Prepare(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if err := h.importImage(t.Context(), ref, 0); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := h.imports.Load(); n != 1 {
				t.Errorf("%d imports", n)
			}
		})
	}
}
