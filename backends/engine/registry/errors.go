package registry

import (
	"context"
	"errors"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// answer is one kind of failure and how engines word it: they use the same status for
// failures of the registry, the network and themselves.
type answer struct {
	kind   core.Kind
	reason string
	advice string
	words  []string
}

// answers are in order: the first match wins.
var answers = []answer{
	{core.KindEngineError, "disk_full", "no space is left on the engine's disk", []string{"no space left on device", "disk quota exceeded"}},
	{core.KindEngineError, "layer", "the engine could not unpack a layer", []string{"failed to register layer", "failed to extract layer", "failed to apply layer"}},
	{core.KindRegistryError, "certificate", "the engine does not trust the registry's certificate: put its authority into /etc/docker/certs.d/HOST:PORT/ca.crt on the engine's host", []string{"x509:", "tls: failed to verify"}},
	{core.KindRegistryError, "plain_http", "the registry speaks plain HTTP: add it to insecure-registries of the engine's daemon.json", []string{"server gave http response to https client", "first record does not look like a tls handshake"}},
	{core.KindRegistryError, "rate_limited", "the registry limits how much it gives: log in, or wait", []string{"toomanyrequests", "429 too many requests"}},
	{core.KindRegistryAuthError, "login", "", []string{"no basic auth credentials", "401 unauthorized", "unauthorized:", "authentication required", "incorrect username or password"}},
	{core.KindImageNotFound, "platform", "the registry has the image for other platforms", []string{"no matching manifest for", "no match for platform"}},
	{core.KindRegistryError, "unreachable", "the engine does not reach the registry: check its name and the network of the engine's host", []string{
		"connection refused", "no such host", "network is unreachable", "no route to host", "i/o timeout", "tls handshake timeout", "client.timeout exceeded", "server misbehaving", "proxyconnect", "context deadline exceeded",
	}},
	{core.KindRegistryError, "garbage", "what answers there is no registry", []string{
		"malformed http", "invalid character", "unexpected media type", "unsupported media type", "invalid checksum digest", "unexpected end of json", "invalid media type",
	}},
	{core.KindRegistryError, "interrupted", "the registry ended the connection", []string{"unexpected eof", "connection reset", "broken pipe", ": eof", "http2: ", "closed network connection", "closed idle connection"}},
}

// notInRegistry are the words for an image that the registry does not have.
var notInRegistry = []string{"manifest unknown", "name unknown", "repository name not known", "not found", "pull access denied", "insufficient_scope"}

// notOnEngine are the words for an image that cannot be pushed because it does not exist.
var notOnEngine = []string{"does not exist locally", "tag does not exist", "no such image", "does not exist"}

// Action is what a registry was asked for.
type Action int

// What a registry was asked for.
const (
	Pulling Action = iota
	Pushing
	LoggingIn
)

// Fault makes a typed error from what an engine says about a transfer with a
// registry. Its message never contains the login's secrets.
func Fault(ctx context.Context, image string, login Credential, what Action, err error) error {
	var known *core.Error
	if err == nil || ctx.Err() != nil || errors.As(err, &known) || session.ConnectionBroke(err) || client.IsErrConnectionFailed(err) {
		return err
	}
	text := login.conceal(session.EngineMessage(err))
	if session.IsContainerdAway(text) { // it names an address, too, but not the registry's
		return core.Errorf(core.KindEngineError, "%s: the engine does not reach its containerd (%s)", image, text).
			With("image", image).With("reason", session.ContainerdAway)
	}
	out := sortAnswer(strings.ToLower(text), what, cerrdefs.IsNotFound(err))
	if out.kind == core.KindRegistryAuthError {
		out.advice = loginAdvice(login)
	}
	fault := &core.Error{Kind: out.kind, Message: image + ": " + out.advice + " (" + text + ")"}
	return fault.With("image", image).With("reason", out.reason)
}

func sortAnswer(text string, what Action, status404 bool) answer {
	for _, a := range answers {
		if containsAny(text, a.words) {
			return a
		}
	}
	denied := answer{kind: core.KindRegistryAuthError, reason: "denied"}
	switch {
	case what == Pushing && containsAny(text, notOnEngine):
		return answer{kind: core.KindImageNotFound, reason: "not_found", advice: "the engine has no such image"}
	case what == Pushing && containsAny(text, []string{"denied", "403 forbidden", "insufficient_scope"}):
		return denied
	case what == Pulling && (status404 || containsAny(text, notInRegistry)):
		return answer{kind: core.KindImageNotFound, reason: "not_found", advice: "the registry has no such image, or wants a login for it"}
	case containsAny(text, []string{"denied", "403 forbidden"}):
		return denied
	}
	return answer{kind: core.KindRegistryError, reason: "failed", advice: "the registry failed"}
}

func loginAdvice(login Credential) string {
	switch {
	case login.Missed != nil:
		return "the registry wants a login, and the one of docker's settings cannot be had: " + login.Missed.Error()
	case login.empty():
		return "the registry wants a login: call login(), run docker login, or give username and password"
	}
	return "the registry does not accept this login, or it may not do this"
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
