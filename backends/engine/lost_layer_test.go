package engine

import (
	"context"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/content/proxy"
	"github.com/containerd/containerd/v2/pkg/labels"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// BuildKit may keep a cached step whose layer containerd has collected as garbage: it took
// the layer for there, as another image had it, and that image was removed in between. Every
// build that finds such a step in the cache fails.
func TestBuildWhoseCachedLayerWasLost(t *testing.T) {
	t.Parallel()
	const part = "engine-victim" // where no other build loses something, and is repeated
	bed.Alone(t, part)
	on := bed.Load(t).Engine(t, part)
	e := openEngine(t, on)
	req := core.BuildRequest{
		Context: buildContext(t, map[string]string{"Dockerfile": "FROM mlng-busybox\nRUN echo " + uuid.NewString() + " >/made\n"}),
		Tag:     imageName(t, e),
	}
	made := func() core.BuildResult {
		t.Helper()
		result, err := e.ImageBuild(t.Context(), req, core.Streams{})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	made()
	image, err := e.api.ImageInspect(t.Context(), req.Tag)
	if err != nil {
		t.Fatal(err)
	}
	layer := image.RootFS.Layers[len(image.RootFS.Layers)-1]
	if _, err := e.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: req.Tag}); err != nil {
		t.Fatal(err)
	}
	loseLayer(t, on.Containerd, layer)

	if again := made(); again.CachedSteps != 0 {
		t.Errorf("cached: %+v", again)
	}
	if third := made(); third.CachedSteps != 1 {
		t.Errorf("not cached: %+v", third)
	}
}

// loseLayer removes a layer, by the digest of its unpacked archive, from an engine's containerd.
func loseLayer(t *testing.T, socket, layer string) {
	t.Helper()
	conn, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx := namespaces.WithNamespace(context.Background(), "moby")
	store := proxy.NewContentStore(conn)
	lost := 0
	err = store.Walk(ctx, func(info content.Info) error {
		lost++
		return store.Delete(ctx, info.Digest)
	}, `labels."`+labels.LabelUncompressed+`"==`+layer)
	if err != nil || lost != 1 {
		t.Fatalf("%d layers removed, %v", lost, err)
	}
}
