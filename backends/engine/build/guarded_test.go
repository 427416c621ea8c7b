package build

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"net"
	"strings"
	"testing"

	"github.com/docker/cli/cli/config/types"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session/auth"
	"github.com/moby/buildkit/session/filesync"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	grpcmeta "google.golang.org/grpc/metadata"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TestWarningsWithoutAPlace: what an engine leaves out of a place must not end the process.
func TestWarningsWithoutAPlace(t *testing.T) {
	info := &pb.SourceInfo{Filename: "Dockerfile", Data: []byte("FROM x\n")}
	for name, ranges := range map[string][]*pb.Range{
		"no range": nil, "no start": {{End: &pb.Position{Line: 2}}}, "an empty range": {{}}, "nothing": {nil}, "a place": {{Start: &pb.Position{Line: 7}}},
	} {
		tracker := newTracker(nil, nil, newMask(nil))
		tracker.take(&client.SolveStatus{Warnings: []*client.VertexWarning{{Short: []byte("careful"), SourceInfo: info, Range: ranges}}})
		if len(tracker.warnings) != 1 || !strings.HasPrefix(tracker.warnings[0], "careful") || (name == "a place") != strings.Contains(tracker.warnings[0], "(Dockerfile:7)") {
			t.Errorf("%s: %q", name, tracker.warnings)
		}
		b := &buildkit{tracker: tracker, spec: &Spec{source: &source{}}}
		err := errdefs.WithSource(errors.New("failed"), &errdefs.Source{Info: info, Ranges: ranges})
		if text, _ := b.place(err, ""); name == "no start" && text != "" {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// panicking is a folder that cannot even be asked.
type panicking struct{}

func (panicking) Walk(context.Context, string, iofs.WalkDirFunc) error { panic("walk") }
func (panicking) Open(string) (io.ReadCloser, error)                   { panic("open") }

// TestPanicsWhileTheEngineAsks: gRPC and fsutil call these in goroutines of their own, where a
// panic would end this test's process.
func TestPanicsWhileTheEngineAsks(t *testing.T) {
	folders, err := localfiles.NewFolders(map[string]fsutil.FS{"context": panicking{}})
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	folders.Register(server)
	(&logins{find: func(context.Context, string) (types.AuthConfig, error) { panic("find") }}).Register(server)
	listener, err := net.Listen("unix", t.TempDir()+"/grpc.sock")
	if err != nil {
		t.Fatal(err)
	}
	guard.Go(func() { _ = server.Serve(listener) }, func(p *guard.Panic) { panic(p) })
	defer server.Stop()
	conn, err := grpc.NewClient("unix://"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := auth.NewAuthClient(conn).Credentials(t.Context(), &auth.CredentialsRequest{Host: "x"}); err == nil || !strings.Contains(err.Error(), "panic: find") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := filesync.NewFileSyncClient(conn).DiffCopy(grpcmeta.AppendToOutgoingContext(ctx, "dir-name", "context"))
	if err != nil {
		t.Fatal(err)
	}
	if packet, err := stream.Recv(); err != nil || packet.Type != fstypes.PACKET_ERR || string(packet.Data) != "panic: walk" {
		t.Errorf("%v, %v", packet, err)
	}
}
