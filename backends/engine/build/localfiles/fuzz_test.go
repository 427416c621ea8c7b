package localfiles

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/moby/buildkit/session/filesync"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// asking is an engine that asks for files of a build's context.
type asking struct {
	filesync.FileSync_DiffCopyServer
	ctx   context.Context
	asks  chan *types.Packet
	paths []string
	sent  int
}

func (a *asking) Context() context.Context { return a.ctx }

func (a *asking) RecvMsg(m any) error {
	select {
	case packet, more := <-a.asks:
		if !more {
			return io.EOF
		}
		proto.Merge(m.(*types.Packet), packet)
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

func (a *asking) SendMsg(m any) error {
	packet := m.(*types.Packet)
	if packet.Stat != nil {
		a.paths = append(a.paths, packet.Stat.Path)
	}
	a.sent += len(packet.Data)
	return nil
}

// FuzzFolders: whatever folder, patterns and files an engine asks for, it gets no names and not
// more bytes than the context has, and the request comes to its end.
func FuzzFolders(f *testing.F) {
	f.Add("context", "*.txt", "", "", []byte{0, 1, 2})
	f.Add("../context", "", "[", "../../etc/passwd", []byte{3, 0xff, 0})
	f.Add("context", "", "**", "a.txt", []byte{0, 0, 0})
	content := Memory{"a.txt": []byte("first"), "b": []byte("second"), "c.txt": nil}
	f.Fuzz(func(t *testing.T, name, include, exclude, follow string, asks []byte) {
		folders, err := NewFolders(map[string]fsutil.FS{"context": content})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		md := metadata.Pairs("dir-name", name, "include-patterns", include, "exclude-patterns", exclude, "followpaths", follow)
		a := &asking{ctx: metadata.NewIncomingContext(ctx, md), asks: make(chan *types.Packet, len(asks)+1)}
		for _, ask := range asks[:min(len(asks), 64)] {
			kind := types.PACKET_REQ
			if ask > 0x80 {
				kind = types.Packet_PacketType(ask & 7)
			}
			a.asks <- &types.Packet{Type: kind, ID: uint32(ask & 7)}
		}
		a.asks <- &types.Packet{Type: types.PACKET_FIN}
		close(a.asks)
		err = folders.DiffCopy(a)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Error("it did not end")
		}
		for _, p := range a.paths {
			if _, there := content[p]; !there && p != "" {
				t.Errorf("%q is named", p)
			}
		}
		if most := 64 * len("second"); a.sent > most || name != "context" && len(a.paths) > 0 {
			t.Errorf("%d bytes, and %q of %q", a.sent, a.paths, name)
		}
		if !slices.IsSorted(a.paths[:max(0, len(a.paths)-1)]) {
			t.Errorf("%q are in no order", a.paths)
		}
	})
}
