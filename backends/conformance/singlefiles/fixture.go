// Package singlefiles is the part of the conformance suite about single files of containers:
// they are read, written, looked at and listed. It imports core only.
package singlefiles

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// patience bounds what should take a moment, so that a hanging test says where.
const patience = 8 * time.Minute

// Fixture is what a test works with.
type Fixture struct {
	core.DockerClient
	// Sleeper starts a container with a shell that runs until the test ends.
	Sleeper func(t *testing.T, options ...string) string
	// Name returns a container's name that nobody has; what has it is removed at the end.
	Name func(t *testing.T) string
	// Volume creates a volume that is removed with the test, and returns its name.
	Volume func(t *testing.T, req core.VolumeCreateRequest) string
	// NoShell is an image with nothing but the program /app.
	NoShell string
}

// Test is a test of the suite.
type Test struct {
	Name string
	Run  func(t *testing.T, f *Fixture)
}

// Tests are all of them.
var Tests = []Test{
	{"files: read, look and list while it runs, is paused and after its end", testFileStates},
	{"files: a container of an image without a shell that never started", testFilesNeverStarted},
	{"files: read, look and list in a tmpfs", testFilesTmpfs},
	{"files: a large folder is listed, not sent", testFilesLargeFolder},
	{"files: what cannot be read says why", testFileReadErrors},
	{"files: write while it runs, is paused and after its end", testFileWrites},
	{"files: write in an image without a shell", testFileWritesWithoutShell},
	{"files: what cannot be written says why and leaves nothing", testFileWriteErrors},
	{"files: a volume that no container uses", testVolumeFiles},
}

// sh runs a script as root, which must say nothing.
func (f *Fixture) sh(t *testing.T, name, script string) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req := core.ExecRequest{Container: name, Options: []string{"-u", "0"}, Command: core.Command{Argv: []string{"sh", "-c", script}}}
	result, err := f.Exec(ctx, req, core.Streams{Stdout: &out, Stderr: &out})
	if err != nil || result.ExitCode != 0 || out.Len() > 0 {
		t.Fatalf("%s: %+v, %v, %s", script, result, err, &out)
	}
}

func wantKind(t *testing.T, err error, kind core.Kind) {
	t.Helper()
	if core.KindOf(err) != kind {
		t.Errorf("got %s (%v); want %s", core.KindOf(err), err, kind)
	}
}
