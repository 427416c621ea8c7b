package localfiles

import (
	"context"
	"io"
	iofs "io/fs"

	"github.com/tonistiigi/fsutil"
	"google.golang.org/grpc"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// gRPC and fsutil call what a build passes to them in goroutines of their own, when the
// engine asks: a panic there becomes the error of that one call.

// Guarded registers services whose handlers may panic.
type Guarded struct{ *grpc.Server }

// RegisterService implements grpc.ServiceRegistrar.
func (g Guarded) RegisterService(desc *grpc.ServiceDesc, service any) {
	own := *desc
	own.Methods, own.Streams = nil, nil
	for _, method := range desc.Methods {
		own.Methods = append(own.Methods, grpc.MethodDesc{MethodName: method.MethodName, Handler: func(service any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (answer any, err error) {
			defer guard.Recover(&err)
			return method.Handler(service, ctx, decode, interceptor)
		}})
	}
	for _, stream := range desc.Streams {
		handler := stream.Handler
		stream.Handler = func(service any, s grpc.ServerStream) (err error) {
			defer guard.Recover(&err)
			return handler(service, s)
		}
		own.Streams = append(own.Streams, stream)
	}
	g.Server.RegisterService(&own, service)
}

// guardedFS is a folder that may panic while it is read.
type guardedFS struct{ fsutil.FS }

// Walk implements fsutil.FS.
func (g guardedFS) Walk(ctx context.Context, target string, fn iofs.WalkDirFunc) (err error) {
	defer guard.Recover(&err)
	return g.FS.Walk(ctx, target, fn)
}

// Open implements fsutil.FS.
func (g guardedFS) Open(path string) (file io.ReadCloser, err error) {
	defer guard.Recover(&err)
	if file, err = g.FS.Open(path); err != nil {
		return nil, err
	}
	return guardedFile{guard.Reader(file), file}, nil
}

type guardedFile struct {
	io.Reader
	io.Closer
}

// guardedOutput is a file that may panic while it is written.
type guardedOutput struct{ io.WriteCloser }

func (g guardedOutput) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	return g.WriteCloser.Write(p)
}
