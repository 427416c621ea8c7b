package ssh

import (
	"regexp"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
)

// FuzzLookup: whatever a host prints, the socket that is chosen is one that it named, and the
// error about it can be told.
func FuzzLookup(f *testing.F) {
	f.Add("Welcome!\nmlng-host=unix:///run/d.sock\nmlng-socket=/var/run/docker.sock\nmlng-command=docker\nmlng-end=\n")
	f.Add("mlng-context=default\nmlng-endpoint=tcp://x\r\nmlng-denied=/a\nmlng-user=me\nmlng-end")
	f.Add("mlng-context=far\nmlng-socket=\n=\nmlng-socket")
	end := regexp.MustCompile(`(?m)^mlng-end(=.*|\r*)$`)
	f.Fuzz(func(t *testing.T, text string) {
		seen, ok := parseLookup(text)
		if ok != end.MatchString(text) {
			t.Errorf("complete: %v", ok)
		}
		if len(seen.sockets) > strings.Count(text, "\n")+1 {
			t.Errorf("%d sockets", len(seen.sockets))
		}
		socket, found := seen.choose()
		if !strings.Contains(text, socket) || !found && socket != "" {
			t.Errorf("%q was chosen, %v", socket, found)
		}
		if err := seen.problem(&sshconfig.Settings{Alias: "host", User: "me"}, socket); err == nil || err.Error() == "" {
			t.Error("there is no message")
		}
	})
}
