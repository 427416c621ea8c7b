package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestTheIDFileStaysOnlyWithAnID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "id")
	unused, err := openIDFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openIDFile(path); core.KindOf(err) != core.KindInvalidArgument {
		t.Errorf("a file that is there: %v", err)
	}
	unused.close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("without an ID: %v", err)
	}
	used, err := openIDFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := used.write("0123"); err != nil {
		t.Error(err)
	}
	used.close()
	if text, err := os.ReadFile(path); string(text) != "0123" {
		t.Errorf("%q, %v", text, err)
	}
}

// An error of this file has the class that errors of all local files have.
func TestCIDFileThatCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]core.Kind{
		filepath.Join(dir, "none", "id"):                      core.KindPathNotFound,
		filepath.Join(dir, strings.Repeat("n", 300)):          core.KindInvalidArgument,
		filepath.Join(dir, "none") + string(os.PathSeparator): core.KindConflict,
	} {
		_, err := openIDFile(path)
		var failed *core.Error
		if !errors.As(err, &failed) || failed.Kind != want || failed.Details["path"] != path {
			t.Errorf("%s: got %v, want %s and the path", path, err, want)
		}
	}
}
