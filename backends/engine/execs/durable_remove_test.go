package execs

import (
	"os"
	"os/exec"
	"testing"

	"github.com/google/uuid"
)

// TestDurableFolderIsRemoved of a command that was ended before it had put anything in it.
func TestDurableFolderIsRemoved(t *testing.T) {
	mark := uuid.NewString()
	folder := "/tmp/.ml_nexus_go-" + mark
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(folder) })
	if said, err := exec.Command("sh", "-c", durableRemove, "sh", mark).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("%v: %s", err, said)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}
