package sshconfig

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestNamesRunNoCommand: whatever a host or a user is called, no shell sees it; with ssh,
// which evaluates Match exec, and without.
func TestNamesRunNoCommand(t *testing.T) {
	bothWays(t, func(t *testing.T, env core.Environ) {
		ran := filepath.Join(t.TempDir(), "ran")
		config := "Host *\n ProxyCommand nc %h %p # %r %n %k\n LocalCommand true %r\n"
		if env["PATH"] != "" {
			config = "Match exec \"true %h %r\"\n ProxyCommand nc %h %p # %r\n"
		}
		write(t, filepath.Join(env["HOME"], ".ssh", "config"), config)
		for _, evil := range []string{
			"$(touch " + ran + ")", "`touch " + ran + "`", "x;touch${IFS}" + ran, "x|touch " + ran, "x&touch " + ran, "x\ntouch " + ran,
			"x\"touch", "x'touch", "x>" + ran, "(touch)", "-oProxyCommand=touch", "x\x01", "a -oProxyCommand=touch", "x$HOME y", "x\\",
		} {
			for _, req := range []Request{{Host: "h", User: evil}, {Host: evil}} {
				req.Environ = env
				if s, err := Resolve(t.Context(), req); core.KindOf(err) != core.KindInvalidArgument {
					t.Errorf("%q: %+v, %v", evil, s, err)
				}
			}
		}
		if _, err := os.Stat(ran); err == nil {
			t.Error("a command was run")
		}
		for _, good := range []string{`corp\me`, "me@corp.example", "machine$", "a_b-c.d", "müller"} {
			if _, err := Resolve(t.Context(), Request{Host: "h", User: good, Environ: env}); err != nil {
				t.Errorf("%q: %v", good, err)
			}
		}
	})
}
