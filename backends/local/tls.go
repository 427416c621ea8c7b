package local

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docker/go-connections/tlsconfig"

	"github.com/proboscis/ml_nexus_go/core"
)

// tlsWanted are the settings of a TLS connection, by keyword or environment.
type tlsWanted struct {
	options tlsconfig.Options
	from    string
}

// wantedTLS reports how TLS was asked for, nil where it was not: by keyword, or by
// DOCKER_TLS_VERIFY or DOCKER_TLS with the files of DOCKER_CERT_PATH.
func wantedTLS(req core.OpenRequest, dir string) *tlsWanted {
	if t := req.TLS; t != nil {
		return &tlsWanted{from: "the tls argument", options: tlsconfig.Options{
			CAFile: t.CA, CertFile: t.Cert, KeyFile: t.Key, InsecureSkipVerify: !t.Verify, ExclusiveRootPools: t.CA != "",
		}}
	}
	verify := req.Environ.Get("DOCKER_TLS_VERIFY") != ""
	if !verify && req.Environ.Get("DOCKER_TLS") == "" {
		return nil
	}
	from := "DOCKER_CERT_PATH"
	path := req.Environ.Get(from)
	if path == "" {
		path, from = dir, "docker's settings folder, for DOCKER_CERT_PATH is not set"
	}
	return &tlsWanted{from: from, options: tlsconfig.Options{
		CAFile:             filepath.Join(path, "ca.pem"),
		CertFile:           unlessMissing(filepath.Join(path, "cert.pem")),
		KeyFile:            unlessMissing(filepath.Join(path, "key.pem")),
		InsecureSkipVerify: !verify,
		ExclusiveRootPools: true,
	}}
}

// unlessMissing is the CLI's rule for a client's own certificate and key.
func unlessMissing(path string) string {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

func (w *tlsWanted) config() (*tls.Config, error) {
	config, err := tlsconfig.Client(w.options)
	if err != nil {
		return nil, core.Errorf(core.KindInvalidArgument, "the TLS files (%s) cannot be used: %w", w.from, err)
	}
	return config, nil
}
