// Package built holds the agent's program for each architecture, as build.sh made it.
package built

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"io/fs"
	"slices"
)

//go:embed bin
var files embed.FS

// Architectures lists those that the agent is built for, as Go and docker call them.
var Architectures = []string{"amd64", "arm64"}

// Agent returns the program for Linux on an architecture. The error is fs.ErrNotExist if
// there is none, or if the library was not built by build.sh.
func Agent(architecture string) ([]byte, error) {
	if !slices.Contains(Architectures, architecture) {
		return nil, fs.ErrNotExist
	}
	packed, err := files.ReadFile("bin/agent-" + architecture + ".gz")
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}
