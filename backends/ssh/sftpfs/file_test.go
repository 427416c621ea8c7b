package sftpfs

import (
	"fmt"
	"io"
	"testing"
)

// TestAnEndOfTheConnectionIsNoEndOfAFile has a request that could not be sent because the channel has ended.
func TestAnEndOfTheConnectionIsNoEndOfAFile(t *testing.T) {
	r := &reader{tree: &tree{fs: &FS{Lost: func(err error) error { return err }}}}
	if err := r.explain(io.EOF); err != io.EOF {
		t.Errorf("the file's end is %v", err)
	}
	if err := r.explain(fmt.Errorf("failed to send packet: %w", io.EOF)); err == io.EOF || !IsLost(err) {
		t.Errorf("the connection's end is %v", err)
	}
}
