package localfiles

import (
	"context"
	"io"
	iofs "io/fs"
	"testing"
)

// panicking is a folder that cannot even be asked.
type panicking struct{}

func (panicking) Walk(context.Context, string, iofs.WalkDirFunc) error { panic("walk") }
func (panicking) Open(string) (io.ReadCloser, error)                   { panic("open") }

// TestPanicsOfFiles: a panic while a file is opened or written is the error of that.
func TestPanicsOfFiles(t *testing.T) {
	if _, err := (guardedFS{panicking{}}).Open("x"); err == nil || err.Error() != "panic: open" {
		t.Error(err)
	}
	if _, err := (guardedOutput{nil}).Write(nil); err == nil {
		t.Error("a panic was lost")
	}
}
