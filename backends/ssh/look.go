package ssh

import (
	"context"
	_ "embed"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/ssh/loginshell"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// lookScript prints what decides where docker would find its engine on the host.
//
//go:embed look.sh
var lookScript string

// lookup is what lookScript printed.
type lookup struct {
	dockerHost  string // DOCKER_HOST there
	context     string // name of the current docker context; "" for the default one
	contextHost string // its endpoint
	sockets     []socketSeen
	docker      string // docker or podman, whichever command exists
	user        string
}

// socketSeen is a socket that exists.
type socketSeen struct {
	path   string
	usable bool
}

// look runs lookScript on the host. path, unless empty, is a socket to look at first.
func (h *Host) look(ctx context.Context, path string) (lookup, error) {
	// Any login shell will do: it only starts sh, which reads the script.
	script := "set -- " + loginshell.Quote(path) + "\n" + lookScript
	out, problems, code, err := h.Output(ctx, "exec sh", []byte(script))
	if err != nil {
		return lookup{}, err
	}
	seen, ok := parseLookup(string(out))
	if !ok {
		said := strings.TrimSpace(string(problems))
		if said == "" {
			said = strings.TrimSpace(string(out))
		}
		return seen, core.Errorf(core.KindEngineUnreachable, "the host did not run a command as expected (exit code %d, output %.200q)", code, said)
	}
	return seen, nil
}

func parseLookup(text string) (seen lookup, ok bool) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch name {
		case "mlng-host":
			seen.dockerHost = value
		case "mlng-context":
			if value != "default" {
				seen.context = value
			}
		case "mlng-endpoint":
			seen.contextHost = value
		case "mlng-socket", "mlng-denied":
			seen.sockets = append(seen.sockets, socketSeen{value, name == "mlng-socket"})
		case "mlng-command":
			seen.docker = value
		case "mlng-user":
			seen.user = value
		case "mlng-end":
			ok = true
		}
	}
	return seen, ok
}

// choose returns the socket that docker would use there; "" where only the docker command
// itself gets to the engine (over TCP or SSH).
func (s lookup) choose() (socket string, found bool) {
	host := s.dockerHost
	if host == "" && s.context != "" {
		host = s.contextHost
		if host == "" {
			return "", s.docker != ""
		}
	}
	if host != "" {
		if path, isUnix := strings.CutPrefix(host, "unix://"); isUnix {
			return path, true
		}
		return "", s.docker != ""
	}
	for _, seen := range s.sockets {
		if seen.usable {
			return seen.path, true
		}
	}
	if len(s.sockets) > 0 {
		return s.sockets[0].path, true // the error says that access is denied
	}
	return "", false
}

func (s lookup) socket(path string) *socketSeen {
	for i := range s.sockets {
		if s.sockets[i].path == path {
			return &s.sockets[i]
		}
	}
	return nil
}

// problem says why the engine at path ("" if none was found) cannot be used.
func (s lookup) problem(settings *sshconfig.Settings, path string) error {
	var err *core.Error
	seen := s.socket(path)
	switch {
	case path == "":
		err = core.Errorf(core.KindEngineUnreachable,
			"there is no engine on %s: neither docker's socket (%s) nor a rootless or podman one is there. Start docker on the host, or give the socket's path: ssh://%s/path/of/docker.sock",
			settings.Alias, defaultSocket, settings.Alias)
	case seen != nil && !seen.usable:
		who := s.user
		if who == "" {
			who = settings.User
		}
		err = core.Errorf(core.KindPermissionDenied,
			"%s may not use the engine's socket %s on %s: add that user to the docker group there (sudo usermod -aG docker %s), and connect again",
			who, path, settings.Alias, who).With("group", "docker").With("user", who)
	case seen != nil:
		err = core.Errorf(core.KindEngineUnreachable, "the socket %s on %s exists, but no engine answers there: is the docker daemon running?", path, settings.Alias)
	default:
		err = core.Errorf(core.KindEngineUnreachable, "there is no engine's socket at %s on %s: is the docker daemon running?", path, settings.Alias)
	}
	if path != "" {
		err = err.With("socket", path)
	}
	return err
}
