package archive

import (
	"archive/tar"
	"bytes"
	"strings"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// Folders makes an archive of nested folders, each inside the previous one.
func Folders(names []string, uid, gid int, now time.Time) (*bytes.Buffer, error) {
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	for i := range names {
		err := writer.WriteHeader(&tar.Header{
			Format: tar.FormatPAX, Typeflag: tar.TypeDir, Name: strings.Join(names[:i+1], "/") + "/",
			Mode: 0o755, Uid: uid, Gid: gid, ModTime: now.Truncate(time.Second),
		})
		if err != nil {
			return nil, core.Errorf(core.KindInvalidArgument, "%q cannot be a folder's name: %w", strings.Join(names, "/"), err)
		}
	}
	return &out, writer.Close()
}
