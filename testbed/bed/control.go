package bed

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Control restarts, stops, starts or kills a part's daemon (action is that word); its
// data and address stay. root is the repository's folder.
func Control(t testing.TB, root, action, part string) {
	t.Helper()
	command := exec.Command("python3", "-m", "testbed", action, part)
	command.Dir = root
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("testbed %s %s: %v: %s", action, part, err, said)
	}
}

// Alone locks a part until the end of the test: other tests that call Alone for it wait.
func Alone(t testing.TB, part string) {
	t.Helper()
	lock(t, part, syscall.LOCK_EX)
}

func lock(t testing.TB, part string, how int) {
	t.Helper()
	Load(t)
	path := filepath.Join(filepath.Dir(os.Getenv("MLNG_TESTBED")), part+".alone")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if err := syscall.Flock(int(file.Fd()), how); err != nil {
		t.Fatal(err)
	}
}
