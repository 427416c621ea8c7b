package build

import (
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestBuildThatIsLost is no fault of the Dockerfile.
func TestBuildThatIsLost(t *testing.T) {
	for text, c := range map[string]struct {
		err  error
		lost bool
	}{
		"the stream ended":           {io.ErrUnexpectedEOF, true},
		"gRPC's connection ended":    {status.Error(codes.Unavailable, "error reading from server"), true},
		"the engine is shut down":    {status.Error(codes.Unknown, "exporting to image: database not open"), true},
		"a command of the build":     {status.Error(codes.Unknown, "process \"false\" did not complete successfully: exit code: 1"), false},
		"somebody cancelled a build": {errors.New("context canceled"), false},
	} {
		if got := lost(c.err); got != c.lost {
			t.Errorf("%s: %t", text, got)
		}
	}
}
