package engine

import (
	"os"
	"path/filepath"
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
