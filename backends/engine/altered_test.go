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
	"path"
	"strconv"
	"testing"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// altered is a real engine behind a proxy that alters its answers to inspect, build and info: for
// what an engine does by accident only.
func altered(t *testing.T, on bed.Engine, alter func(path string, answer []byte) []byte) bed.Engine {
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
			if at := path.Base(r.Request.URL.Path); at != "json" && at != "build" && at != "info" {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			body = alter(r.Request.URL.Path, body)
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			r.Body = io.NopCloser(bytes.NewReader(body))
			return nil
		},
	}
	server := httptest.NewUnstartedServer(proxy)
	listener, err := net.Listen("unix", t.TempDir()+"/altered.sock")
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
