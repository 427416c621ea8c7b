package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestFolderTakesTheNameOfAFile: a folder that was made where a file is to get its name is
// in the way; it is not the engine's fault.
func TestFolderTakesTheNameOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.tar")
	file, err := newPartial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.discard()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := file.complete(); core.KindOf(err) != core.KindConflict {
		t.Errorf("%v is %s", err, core.KindOf(err))
	}
}
