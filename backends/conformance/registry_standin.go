package conformance

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/standin"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func testNoRegistry(t *testing.T, f *fixture) {
	html := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>hello</html>")
	}
	fails := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	garbage := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "\x00\x01garbage\r\n\r\n")
			_ = conn.Close()
		}
	}
	host, _, _ := net.SplitHostPort(bed.Load(t).Registry(t, "registry-auth").Address)
	good := standin.Trusted(t)
	for name, c := range map[string]struct{ address, reason string }{
		"unknown certificate": {standin.Start(t, standin.Unknown(t), html), "certificate"},
		"a web page":          {standin.Start(t, good, html), "garbage"},
		"an error":            {standin.Start(t, good, fails), "failed"},
		"garbage":             {standin.Start(t, good, garbage), "garbage"},
		"nothing listens":     {net.JoinHostPort(host, "1"), "unreachable"},
		"no such host":        {"mlng-none.invalid", "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.ImagePull(t.Context(), core.PullRequest{Image: c.address + "/mlng-conf/x:v1"}, nil)
			if core.KindOf(err) != core.KindRegistryError || reasonOf(err) != c.reason {
				t.Errorf("pull: got %s, %q: %v", core.KindOf(err), reasonOf(err), err)
			}
			if c.reason == "failed" || c.reason == "garbage" {
				return // old engines try again for half a minute, or log in anywhere
			}
			_, err = f.Login(t.Context(), core.LoginRequest{Registry: c.address, Login: core.RegistryLogin{Username: "u", Password: "p"}})
			if core.KindOf(err) != core.KindRegistryError || reasonOf(err) != c.reason {
				t.Errorf("login: got %s, %q: %v", core.KindOf(err), reasonOf(err), err)
			}
			image := f.at(t, c.address)
			_, err = f.ImagePush(t.Context(), core.PushRequest{Image: image}, nil)
			if core.KindOf(err) != core.KindRegistryError || reasonOf(err) != c.reason {
				t.Errorf("push: got %s, %q: %v", core.KindOf(err), reasonOf(err), err)
			}
		})
	}
}
