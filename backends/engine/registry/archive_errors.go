package registry

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// badArchive are engines' words for something that is not an archive of images. Some say
// that a file is missing, some that the archive ends too early.
var badArchive = []string{
	"invalid tar header", "unexpected eof", "archive/tar", "no such file or directory", "manifest.json", "unrecognized image format",
	"no image is in it", "invalid archive", "unexpected end of", "invalid character", "error processing tar", "not found", "cannot unmarshal",
}

// ArchiveFault classifies the engine's answers to an archive; what says which one it wanted.
func ArchiveFault(ctx context.Context, what string, err error) error {
	var known *core.Error
	if err == nil || ctx.Err() != nil || errors.As(err, &known) || session.ConnectionBroke(err) || client.IsErrConnectionFailed(err) {
		return err
	}
	text := session.EngineMessage(err)
	lower := strings.ToLower(text)
	switch {
	case session.LeaseLost(text):
		return session.LeaseError(err)
	case strings.Contains(lower, "no space left on device"), strings.Contains(lower, "disk quota exceeded"):
		return (&core.Error{Kind: core.KindEngineError, Message: "no space is left on the engine's disk: " + text, Err: err}).With("reason", "disk_full")
	case slices.ContainsFunc(badArchive, func(words string) bool { return strings.Contains(lower, words) }):
		return &core.Error{Kind: core.KindInvalidArgument, Message: "what was given is no complete " + what + ": " + text, Err: err}
	}
	return err
}
