package local

import (
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/go-connections/tlsconfig"

	"github.com/proboscis/ml_nexus_go/core"
)

// byContext reads a docker context, with its TLS files.
func byContext(name, from string, req core.OpenRequest, dir string) (endpoint, error) {
	var contexts *store.ContextStore
	if dir == "" {
		return endpoint{}, noContext(name, from, nil)
	}
	contexts = store.New(filepath.Join(dir, "contexts"), command.DefaultContextStoreConfig())
	known, err := store.Names(contexts)
	if err == nil && !slices.Contains(known, name) {
		return endpoint{}, noContext(name, from, known)
	}
	meta, err := contexts.GetMetadata(name)
	if err != nil {
		return endpoint{}, badContext(name, err)
	}
	described, err := docker.EndpointFromContext(meta)
	if err != nil {
		return endpoint{}, badContext(name, err)
	}
	full, err := docker.WithTLSData(contexts, name, described)
	if err != nil {
		return endpoint{}, badContext(name, err)
	}
	host := full.Host
	if host == "" {
		host = "unix:///var/run/docker.sock"
	}
	at, err := parseHost(host, "context "+name)
	if err != nil || at.network != "tcp" {
		return at, err
	}
	if req.TLS != nil {
		at.tls, err = wantedTLS(req, dir).config()
		return at, err
	}
	if at.tls, err = contextTLS(full); err != nil {
		return at, badContext(name, err)
	}
	return at, nil
}

// contextTLS returns nil for a context without TLS.
func contextTLS(at docker.Endpoint) (*tls.Config, error) {
	if at.TLSData == nil && !at.SkipTLSVerify {
		return nil, nil
	}
	config := tlsconfig.ClientDefault()
	config.InsecureSkipVerify = at.SkipTLSVerify
	if at.TLSData == nil {
		return config, nil
	}
	if at.TLSData.CA != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(at.TLSData.CA) {
			return nil, core.Errorf(core.KindInvalidArgument, "its ca.pem has no certificate")
		}
	}
	if at.TLSData.Cert != nil && at.TLSData.Key != nil {
		pair, err := tls.X509KeyPair(at.TLSData.Cert, at.TLSData.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func noContext(name, from string, known []string) *core.Error {
	known = append([]string{defaultContext}, known...)
	slices.Sort(known)
	return core.Errorf(core.KindContextNotFound, "there is no docker context %q (%s): the existing ones are %s; make one with docker context create",
		name, from, strings.Join(slices.Compact(known), ", ")).With("contexts", slices.Compact(known))
}

func badContext(name string, err error) *core.Error {
	return core.Errorf(core.KindInvalidArgument, "the docker context %q cannot be used: %w: look at it with docker context inspect", name, err)
}
