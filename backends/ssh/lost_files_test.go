package ssh

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestFileCallsLoseOneAnswer cuts calls about single files of a container.
func TestFileCallsLoseOneAnswer(t *testing.T) {
	busybox := func(name string) core.FileRequest { return core.FileRequest{Container: name, Path: "/bin/busybox"} }
	tests := map[string]func(ctx context.Context, e *engine.Engine, name string) error{
		"GET .*/archive[?]path=%2Fbin%2Fbusybox": func(ctx context.Context, e *engine.Engine, name string) error {
			var out bytes.Buffer
			result, err := e.ReadFile(ctx, core.ReadFileRequest{FileRequest: busybox(name)}, core.Streams{Stdout: &out})
			if err == nil && (result.Size != int64(out.Len()) || out.Len() < 1<<20) {
				err = fmt.Errorf("got %d of %d bytes", out.Len(), result.Size)
			}
			return err
		},
		"HEAD .*/archive": func(ctx context.Context, e *engine.Engine, name string) error {
			found, err := e.FileExists(ctx, busybox(name))
			if err == nil && !found {
				err = fmt.Errorf("it is not found")
			}
			return err
		},
		"GET .*/containers/.*/json": func(ctx context.Context, e *engine.Engine, name string) error {
			entry, err := e.StatFile(ctx, core.StatFileRequest{FileRequest: busybox(name)})
			if err == nil && entry.Size < 1<<20 {
				err = fmt.Errorf("got %+v", entry)
			}
			return err
		},
		"GET .*/archive[?]path=%2Fbin%2F[.]": func(ctx context.Context, e *engine.Engine, name string) error {
			entries, err := e.ListFiles(ctx, core.FileRequest{Container: name, Path: "/bin"})
			if err == nil && len(entries) < 50 {
				err = fmt.Errorf("got %d names", len(entries))
			}
			return err
		},
	}
	var requests []string
	for request := range tests {
		requests = append(requests, request)
	}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name := box(t, e)
		err := tests[request](timeout(t), client, name)
		<-lost.sprung
		if err != nil {
			t.Error(err)
		}
	})
}
