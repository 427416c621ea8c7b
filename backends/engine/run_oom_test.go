package engine

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// late is the engine whose news of a lack of memory comes after the container's end: a
// real one cannot be made to be late, so its answers to inspect lose the mark.
func late(t *testing.T, on bed.Engine) bed.Engine {
	t.Helper()
	engine := on.Socket
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "engine"})
		},
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", engine)
		}},
		ModifyResponse: func(r *http.Response) error {
			if !strings.HasSuffix(r.Request.URL.Path, "/json") {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			body = bytes.ReplaceAll(body, []byte(`"OOMKilled":true`), []byte(`"OOMKilled":false`))
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			r.Body = io.NopCloser(bytes.NewReader(body))
			return nil
		},
	}
	server := httptest.NewUnstartedServer(proxy)
	listener, err := net.Listen("unix", t.TempDir()+"/late.sock")
	if err != nil {
		t.Fatal(err)
	}
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	on.Socket = listener.Addr().String()
	return on
}

func TestOOMToldLate(t *testing.T) {
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			e := openEngine(t, late(t, on))
			for _, one := range []struct {
				command string
				oom     bool
			}{{"sleep 1; exec tail /dev/zero", true}, {"exit 137", false}} {
				result, err := e.Run(t.Context(), core.RunRequest{
					Image: "mlng-busybox", Command: core.Command{Argv: []string{"sh", "-c", one.command}},
					Options: []string{"--rm", "--memory", "16m", "--memory-swap", "16m", "--name", "mlng-test-" + uuid.NewString()},
				}, core.Streams{})
				if err != nil || result.ExitCode != 137 || result.OOMKilled != one.oom {
					t.Errorf("%s: got %+v, %v", one.command, result, err)
				}
			}
		})
	}
}
