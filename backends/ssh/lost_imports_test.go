package ssh

import (
	"archive/tar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestImportLosesOneAnswer loses the answer about an image, or the request for it: nothing is
// imported twice, and the error says that the image may be there. (A request of which no byte has
// left is sent on another connection.)
func TestImportLosesOneAnswer(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "files.tar")
	file, err := os.Create(archive)
	if err != nil || tar.NewWriter(file).Close() != nil || file.Close() != nil {
		t.Fatal(err)
	}
	bothSides(t, []string{"POST .*/images/create"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		label := "mlng-test=" + uuid.NewString()
		_, err := client.ImageImport(timeout(t), core.ImportRequest{Path: archive, Changes: []string{"LABEL " + label}}, core.Streams{})
		lost.await(t, err)
		sent := err == nil && !answered
		if !sent && (core.KindOf(err) != core.KindConnectionLost || !strings.Contains(err.Error(), "not asked a second time")) {
			t.Errorf("got %v", err)
		}
		images, err := e.API().ImageList(t.Context(), image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label))})
		for _, one := range images {
			if _, err := e.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: one.ID}); err != nil {
				t.Error(err)
			}
		}
		if err != nil || len(images) > 1 || len(images) == 0 && (answered || sent) {
			t.Errorf("there are %d images, %v", len(images), err)
		}
	})
}
