package local

import (
	"crypto/tls"
	"net"
	"strings"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/opts"

	"github.com/proboscis/ml_nexus_go/core"
)

// defaultContext is the context that means DOCKER_HOST and the default socket.
const defaultContext = "default"

// endpoint is where an engine listens.
type endpoint struct {
	host    string // as the docker CLI writes it: unix:///path, tcp://host:port, ssh://...
	network string // unix or tcp
	address string // a path, or host:port
	tls     *tls.Config
	ssh     bool
	from    string // what named it, for messages
}

// resolve finds the endpoint as the docker CLI does: a target of its own kind wins,
// then DOCKER_HOST, DOCKER_CONTEXT, the current context of the settings, and the
// default socket.
func resolve(target core.Target, req core.OpenRequest, config *configfile.ConfigFile, dir string) (endpoint, error) {
	switch target.Scheme {
	case core.SchemeUnix, core.SchemeTCP:
		return byHost(target.Text, "the target", req, dir)
	case core.SchemeContext:
		if target.Name == defaultContext {
			return byEnviron(req, dir)
		}
		return byContext(target.Name, "the target", req, dir)
	}
	if req.Environ.Get("DOCKER_HOST") != "" {
		return byEnviron(req, dir)
	}
	if name := req.Environ.Get("DOCKER_CONTEXT"); name != "" && name != defaultContext {
		return byContext(name, "DOCKER_CONTEXT", req, dir)
	} else if name == "" && config.CurrentContext != "" && config.CurrentContext != defaultContext {
		return byContext(config.CurrentContext, "the current context of "+config.Filename, req, dir)
	}
	return byEnviron(req, dir)
}

// byEnviron is docker's default context.
func byEnviron(req core.OpenRequest, dir string) (endpoint, error) {
	if host := req.Environ.Get("DOCKER_HOST"); strings.TrimSpace(host) != "" {
		return byHost(host, "DOCKER_HOST", req, dir)
	}
	return byHost("", "the default", req, dir)
}

// byHost is what docker -H takes.
func byHost(text, from string, req core.OpenRequest, dir string) (endpoint, error) {
	wanted := wantedTLS(req, dir)
	if text == "" {
		// The CLI would take tcp://localhost:2376 where TLS is asked for by DOCKER_TLS
		// and no host is given, on any system; so does this.
		host, err := opts.ParseHost(wanted != nil, "")
		if err != nil {
			return endpoint{}, badHost(text, from, err.Error())
		}
		text = host
	}
	host, err := opts.ParseHost(wanted != nil, text)
	if err != nil {
		return endpoint{}, badHost(text, from, err.Error())
	}
	at, err := parseHost(host, from)
	if err != nil || at.network != "tcp" || wanted == nil {
		return at, err
	}
	at.tls, err = wanted.config()
	return at, err
}

func parseHost(host, from string) (endpoint, error) {
	at := endpoint{host: host, from: from}
	scheme, rest, _ := strings.Cut(host, "://")
	switch scheme {
	case "ssh":
		at.ssh = true
	case "unix":
		at.network, at.address = scheme, rest
		if len(rest) > maxSocketPath {
			return at, badHost(host, from, "the socket's path is longer than the system allows")
		}
	case "tcp":
		at.network, at.address = scheme, rest
		if strings.Contains(rest, "/") {
			return at, badHost(host, from, "an engine below a path is not supported")
		}
		if _, port, err := net.SplitHostPort(rest); err != nil || !validPort(port) {
			return at, badHost(host, from, "it has no port between 1 and 65535")
		}
	default:
		return at, badHost(host, from, scheme+":// is not supported here")
	}
	return at, nil
}

// maxSocketPath is what fits into the system's address of a unix socket, less the NUL.
const maxSocketPath = 107

func validPort(text string) bool {
	port, err := net.LookupPort("tcp", text)
	return err == nil && port > 0
}

func badHost(host, from, why string) *core.Error {
	return core.Errorf(core.KindInvalidArgument, "%q (%s) names no engine: %s. Use unix:///path, tcp://host:port or ssh://host", host, from, why)
}
