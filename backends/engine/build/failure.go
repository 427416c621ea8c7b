package build

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// failure returns the typed error of a build. Trouble with files on this machine caused
// what the engine reports, so it wins; so does a stream that failed to open or broke.
func (b *buildkit) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err // the caller knows why
	}
	if own := b.trouble.First(); own != nil {
		return own
	}
	if own := b.lines.First(); own != nil {
		return own
	}
	if core.KindOf(err) != "" {
		return err
	}
	if lost(err) {
		return core.Errorf(core.KindConnectionLost, "the connection to the engine was lost during the build, which has stopped: build again, what was done is cached (%w)", err)
	}
	return b.classify(err)
}

// classify returns the typed error of what the engine says about a build.
func (b *buildkit) classify(err error) error {
	message := b.tracker.mask.hide(plainMessage(err))
	if strings.Contains(message, "invalid UTF-8") {
		return invalid("the context has a file whose name is not UTF-8, which BuildKit cannot take: rename it, or name it in .dockerignore").With("path", b.trouble.NotUTF8)
	}
	message += b.hint(message)
	switch {
	case strings.Contains(message, "no space left on device"):
		return b.failed(core.KindEngineError, err, message).With("reason", "disk_full")
	case unknownTarget.MatchString(message):
		return b.failed(core.KindInvalidArgument, err, message+": --target names a stage of the Dockerfile")
	case strings.Contains(message, "unknown cache exporter"), strings.Contains(message, "unknown cache importer"),
		strings.Contains(message, "exporter") && strings.Contains(message, "could not be found"),
		strings.Contains(message, "no such frontend"), strings.Contains(message, "unsupported frontend capability"):
		return b.failed(core.KindInvalidArgument, err, "this engine's BuildKit does not support it: "+message)
	}
	return b.failed(core.KindBuildFailed, err, message)
}

var (
	unknownTarget = regexp.MustCompile(`target stage .* could not be found|failed to reach build target`)
	exitCode      = regexp.MustCompile(`(?:exit code: |returned a non-zero code: )(\d+)`)
	parseLine     = regexp.MustCompile(`(?:dockerfile )?(?:parse error )?(?:on )?line (\d+):`)
)

// hint says what to do about errors that do not say so themselves.
func (b *buildkit) hint(message string) string {
	text := string(b.spec.source.text)
	switch {
	case strings.Contains(message, "resolve image config for"):
		return " (the Dockerfile's # syntax= line, or BUILDKIT_SYNTAX, asks for this image: without it the engine's own frontend is used)"
	case b.host != nil && b.host.olderThan(apiContexts) && strings.Contains(message, "parse error") &&
		(strings.Contains(text, "<<") || strings.Contains(text, "--link")):
		return " (heredocs and --link need an engine of version 23 or later)"
	}
	return ""
}

// closedStore is what BuildKit says of its own data where the engine is being shut down.
const closedStore = "database not open"

// lost reports whether the connection to the engine was lost, or the engine is being shut down.
func lost(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || strings.Contains(err.Error(), closedStore) {
		return true
	}
	code := grpcerrors.Code(err)
	return code == codes.Unavailable || code == codes.Canceled && strings.Contains(err.Error(), "transport")
}

// plainMessage removes what gRPC and BuildKit put in front.
func plainMessage(err error) string {
	message := err.Error()
	for _, prefix := range []string{"Error response from daemon: ", "failed to solve: ", "rpc error: code = Unknown desc = ", "failed to solve with frontend dockerfile.v0: ", "failed to create LLB definition: ", "failed to solve: "} {
		message = strings.TrimPrefix(message, prefix)
	}
	return message
}

// failed describes a build that ended with an error.
func (b *buildkit) failed(kind core.Kind, err error, message string) *core.Error {
	t := b.tracker
	t.close()
	out := &core.Error{Kind: kind, Message: message, Err: err}
	var tail []string
	if step := t.failed; step != nil {
		out.With("step", step.name)
		if tail = step.tail; kind == core.KindBuildFailed {
			out.Message = step.name + ": " + message
		}
	}
	if code, ok := exitOf(err, message); ok {
		out.With("exit_code", code)
	}
	if excerpt, line := b.place(err, message); excerpt != "" {
		out.With("source", excerpt).With("line", line).With("dockerfile", b.spec.source.name)
		out.Message += "\n" + excerpt
	}
	if len(tail) > 0 {
		out.With("log_tail", tail)
		out.Message += "\nlast output:\n  " + strings.Join(tail, "\n  ")
	}
	return out.With("log", t.log.String())
}

// exitOf returns the exit code of the process that failed.
func exitOf(err error, message string) (int, bool) {
	var exit *gatewaypb.ExitError
	if errors.As(err, &exit) && exit.ExitCode != gatewaypb.UnknownExitStatus {
		return int(exit.ExitCode), true
	}
	if found := exitCode.FindStringSubmatch(message); found != nil {
		code, err := strconv.Atoi(found[1])
		return code, err == nil
	}
	return 0, false
}

// printed prints a source's lines, and reports whether that worked. BuildKit's own code for
// it panics if the engine sends a range without its start or end.
func printed(source *errdefs.Source, to *strings.Builder) bool {
	var err error
	p := guard.Call(func() { err = source.Print(to) })
	return p == nil && err == nil
}

// place returns the lines of the Dockerfile that an error is about, as buildx shows them,
// and the number of the first.
func (b *buildkit) place(err error, message string) (string, int) {
	for _, source := range errdefs.Sources(err) {
		if len(source.Ranges) == 0 || source.Info == nil {
			continue
		}
		var text strings.Builder
		if printed(source, &text) && text.Len() > 0 {
			return b.tracker.mask.hide(strings.TrimSuffix(text.String(), "\n")), int(source.Ranges[0].GetStart().GetLine())
		}
	}
	if found := parseLine.FindStringSubmatch(message); found != nil {
		line, _ := strconv.Atoi(found[1])
		return b.spec.source.excerpt(line, line), line
	}
	if step := b.tracker.failed; step != nil {
		if first, last := b.spec.source.locate(step.name); first > 0 {
			return b.spec.source.excerpt(first, last), first
		}
	}
	return "", 0
}
