package transfer

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/proboscis/ml_nexus_go/core"
)

// halves is an engine that gets an archive whose other half is missing.
type halves struct{ core.DockerClient }

func (halves) Target() string { return "ssh://there" }

func (halves) ImageLoad(_ context.Context, _ core.LoadRequest, s core.Streams) (core.LoadResult, error) {
	_, _ = io.Copy(io.Discard, s.Stdin)
	return core.LoadResult{}, core.Errorf(core.KindInvalidArgument, "what was given is no complete archive of images: unexpected EOF")
}

// TestAnArchiveThatItsEngineCutShort is not what the caller did wrong: an engine ends an
// archive so whose containerd is killed.
func TestAnArchiveThatItsEngineCutShort(t *testing.T) {
	err := (&Transfer{From: halves{}, To: halves{}, Name: "busybox"}).load(t.Context(), strings.NewReader("half of it"))
	lost := core.Errorf(core.KindConnectionLost, "the connection was lost")
	broken := io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(lost))
	if err := (&Transfer{From: halves{}, To: halves{}, Name: "busybox"}).load(t.Context(), broken); !errors.Is(err, lost) {
		t.Errorf("got %v of a source whose connection was lost", err)
	}
	if core.KindOf(err) != core.KindEngineError || !strings.Contains(err.Error(), "ssh://there gave no complete archive of busybox") {
		t.Errorf("got %v", err)
	}
}
