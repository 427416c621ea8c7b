package rsync

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
)

// begun is a session with an rsync of this machine that sends a folder.
func begun(t *testing.T, source string) *Receiver {
	t.Helper()
	o := &ReceiveOptions{Issues: &hostfiles.Issues{}, Source: source}
	words := append(SenderCommand(o), source+"/")
	sender := exec.Command(words[0], words[1:]...)
	stdin, err1 := sender.StdinPipe()
	stdout, err2 := sender.StdoutPipe()
	stderr, err3 := sender.StderrPipe()
	if err := errors.Join(err1, err2, err3, sender.Start()); err != nil {
		t.Fatal(err)
	}
	o.Abandon = func() { _ = stdin.Close() }
	s, err := Begin(t.Context(), o, stdout, stdin, stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		_ = stdin.Close()
		_ = sender.Wait()
	})
	if _, complete, err := s.List(); err != nil || !complete {
		t.Fatalf("%t, %v", complete, err)
	}
	return s
}

func randomBytes(size int) []byte {
	text := make([]byte, size)
	for i := range text {
		text[i] = byte(rand.Uint32())
	}
	return text
}

// TestOnlyWhatDiffersComes: of a file that changed in the middle, that part.
func TestOnlyWhatDiffersComes(t *testing.T) {
	const size = 3<<20 + 77
	source, here := t.TempDir(), t.TempDir()
	text := randomBytes(size)
	older := append(append([]byte{}, text[:size/2]...), text[size/2+100:]...)
	for path, content := range map[string][]byte{filepath.Join(source, "f"): text, filepath.Join(here, "f"): older, filepath.Join(here, "other"): randomBytes(size)} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := localfs.FS{}.Tree(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for name, one := range map[string]struct {
		basis []string // opened for the sums, then for the blocks
		most  int64
		times int
	}{
		"an older one":        {[]string{"f", "f"}, 16 << 10, 1},
		"nothing":             {nil, size, 1},
		"one that is changed": {[]string{"f", "other"}, size + 16<<10, 2},
		"one that is removed": {[]string{"f", "none"}, size + 16<<10, 2},
	} {
		var got bytes.Buffer
		var literal int64
		times, opened := 0, 0
		wanted := hostfiles.Wanted{Path: "f"}
		if one.basis != nil {
			wanted.Basis = func() (hostfiles.Reader, error) {
				opened++
				return tree.Open(context.Background(), one.basis[opened-1])
			}
		}
		stopped, err := begun(t, source).Receive([]hostfiles.Wanted{wanted}, func(_ int, content hostfiles.Content) error {
			got.Reset()
			_, reading := io.Copy(&got, content)
			if times++; (reading == nil) != (times == one.times) || reading != nil && !errors.Is(reading, hostfiles.ErrAgain) {
				t.Errorf("%s: time %d: %v", name, times, reading)
			}
			literal += content.Literal()
			return nil
		})
		if stopped != nil || err != nil || !bytes.Equal(got.Bytes(), text) || literal > one.most || times != one.times {
			t.Errorf("%s: %v, %v, %d bytes came %d times for %d, alike: %t", name, stopped, err, literal, times, got.Len(), bytes.Equal(got.Bytes(), text))
		}
	}
}

// TestBlocks: any file's blocks are of a length that both sides accept, and make it whole.
func TestBlocks(t *testing.T) {
	for _, size := range []int64{1, 699, 700, 701, 490_000, 490_001, 1 << 20, 1<<30 + 1, 1 << 34, 1 << 36} {
		length := blockLength(size)
		if length < minBlockLength || length > maxBlockLength || length > minBlockLength && length < maxBlockLength && (length*length < size || length%8 != 0 || (length-8)*(length-8) >= size) {
			t.Errorf("%d: %d", size, length)
		}
		if strong := strongLength(size, length); strong < minStrong || strong > 16 {
			t.Errorf("%d: %d bytes of sums", size, strong)
		}
	}
}
