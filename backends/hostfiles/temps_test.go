package hostfiles_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// losing is a host whose connection is lost in the middle of each file, every time.
type losing struct{ localfs.FS }

func (l losing) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	tree, err := l.FS.Tree(ctx, root)
	return losingTree{tree}, err
}

type losingTree struct{ hostfiles.Tree }

func (l losingTree) Open(ctx context.Context, path string) (hostfiles.Reader, error) {
	r, err := l.Tree.Open(ctx, path)
	return losingReader{r}, err
}

type losingReader struct{ hostfiles.Reader }

func (l losingReader) ReadAt(p []byte, at int64) (int, error) {
	if at > 0 {
		return 0, core.Errorf(core.KindConnectionLost, "the connection was lost")
	}
	return l.Reader.ReadAt(p, at)
}

// TestNothingStaysHereOfAHostThatIsLost: parts that wait for another attempt go with the last.
func TestNothingStaysHereOfAHostThatIsLost(t *testing.T) {
	source := t.TempDir()
	if err := os.WriteFile(filepath.Join(source, "f"), make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	files := hostfiles.New(losing{}, localfs.FS{})
	for name, do := range map[string]func(from, to string) error{
		"sync": func(from, to string) error {
			_, err := files.SyncFrom(t.Context(), core.SyncRequest{Source: from, Destination: to}, nil)
			return err
		},
		"download": func(from, to string) error {
			_, err := files.Download(t.Context(), core.DownloadRequest{Source: from, Destination: to}, nil)
			return err
		},
	} {
		for _, from := range []string{source, filepath.Join(source, "f")} {
			here := t.TempDir()
			if err := do(from, here); core.KindOf(err) != core.KindConnectionLost {
				t.Errorf("%s: %v", name, err)
			}
			if left, err := os.ReadDir(here); err != nil || len(left) > 0 {
				t.Errorf("%s of %s: %v, %v", name, from, left, err)
			}
		}
	}
}
