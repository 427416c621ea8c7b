package ssh

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/google/uuid"

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
	var made struct{ Listen string }
	p.call(http.MethodPost, "/proxies", map[string]any{"name": p.name, "listen": "127.0.0.1:0", "upstream": fmt.Sprintf("127.0.0.1:%d", upstream), "enabled": true}, &made)
	_, port, err := net.SplitHostPort(made.Listen)
	if err != nil {
		t.Fatal(err)
	}
	p.port, _ = strconv.Atoi(port)
	t.Cleanup(func() { p.call(http.MethodDelete, "/proxies/"+p.name, nil, nil) })
	return p
}

func (p *proxy) call(method, path string, body, into any) {
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
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			p.t.Fatal(err)
		}
	}
}

// cut ends all connections and refuses new ones until mend.
func (p *proxy) cut() {
	p.call(http.MethodPost, "/proxies/"+p.name, map[string]any{"enabled": false}, nil)
}
func (p *proxy) mend() {
	p.call(http.MethodPost, "/proxies/"+p.name, map[string]any{"enabled": true}, nil)
}

// poison adds a toxic in both directions.
func (p *proxy) poison(kind string, attributes map[string]any) {
	for _, stream := range []string{"upstream", "downstream"} {
		p.call(http.MethodPost, "/proxies/"+p.name+"/toxics", map[string]any{"name": kind + stream, "type": kind, "stream": stream, "attributes": attributes}, nil)
	}
}

func (p *proxy) cure(kind string) {
	for _, stream := range []string{"upstream", "downstream"} {
		p.call(http.MethodDelete, "/proxies/"+p.name+"/toxics/"+kind+stream, nil, nil)
	}
}
