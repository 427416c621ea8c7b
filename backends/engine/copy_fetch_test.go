package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// fetch describes a folder of a container as docker cp's own archive has it.
func (b copyBench) fetch(t *testing.T, container, dir string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), b.docker, "cp", container+":"+dir, "-")
	cmd.Env = []string{"DOCKER_HOST=" + b.engine.Host, "DOCKER_CONFIG=" + os.DevNull}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for archive := tar.NewReader(bytes.NewReader(out)); ; {
		hdr, err := archive.Next()
		if errors.Is(err, io.EOF) {
			slices.Sort(lines)
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > 64 {
			content = fmt.Appendf(nil, "%d bytes %x", len(content), content[:16])
		}
		line := fmt.Sprintf("%q %c %o %d:%d %q %q %v", hdr.Name, hdr.Typeflag, hdr.Mode, hdr.Uid, hdr.Gid, hdr.Linkname, content, hdr.PAXRecords)
		if hdr.Typeflag == tar.TypeReg || hdr.Typeflag == tar.TypeLink {
			line += fmt.Sprint(" ", hdr.ModTime.Unix())
		}
		lines = append(lines, line)
	}
}
