package ssh

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// proxy is one of toxiproxy's, between the client and an sshd.
type proxy struct {
	t    testing.TB
	api  string
	name string
	port int
}

func newProxy(t testing.TB, state bed.State, upstream int) *proxy {
	t.Helper()
	p := &proxy{t: t, api: state.Toxiproxy(t), name: "ssh-" + uuid.NewString()}
	p.port = reservePort(t)
	p.call(http.MethodPost, "/proxies", map[string]any{
		"name": p.name, "listen": fmt.Sprintf("127.0.0.1:%d", p.port), "upstream": fmt.Sprintf("127.0.0.1:%d", upstream), "enabled": true,
	})
	t.Cleanup(func() { p.call(http.MethodDelete, "/proxies/"+p.name, nil) })
	return p
}

// reservePort keeps a port from everybody who asks for a free one, for as long as the test
// takes: a proxy that is cut, or an sshd that was killed, does not listen. A socket that only
// is bound lets them listen there, and refuses connections otherwise.
func reservePort(t testing.TB) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return name.(*unix.SockaddrInet4).Port
}

func (p *proxy) call(method, path string, body any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequest(method, p.api+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %s", method, path, response.Status)
	}
}

// cut ends all connections and refuses new ones until mend.
func (p *proxy) cut() {
	p.call(http.MethodPost, "/proxies/"+p.name, map[string]any{"enabled": false})
}
func (p *proxy) mend() {
	p.call(http.MethodPost, "/proxies/"+p.name, map[string]any{"enabled": true})
}

// poison adds a toxic in both directions.
func (p *proxy) poison(kind string, attributes map[string]any) {
	for _, stream := range []string{"upstream", "downstream"} {
		p.call(http.MethodPost, "/proxies/"+p.name+"/toxics", map[string]any{"name": kind + stream, "type": kind, "stream": stream, "attributes": attributes})
	}
}

func (p *proxy) cure(kind string) {
	for _, stream := range []string{"upstream", "downstream"} {
		p.call(http.MethodDelete, "/proxies/"+p.name+"/toxics/"+kind+stream, nil)
	}
}

// deafen lets nothing that the client sends arrive, until hears.
func (p *proxy) deafen() {
	p.call(http.MethodPost, "/proxies/"+p.name+"/toxics", map[string]any{"name": "deaf", "type": "timeout", "stream": "upstream", "attributes": map[string]any{"timeout": 0}})
}
func (p *proxy) hears() { p.call(http.MethodDelete, "/proxies/"+p.name+"/toxics/deaf", nil) }
