package session

import (
	"io"
	"net/http"
	"strings"

	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// boundary is where all requests leave and all answers arrive. It bounds every answer of an
// engine: a document as a whole, and each message of a stream. net/http reads the bodies of
// requests in goroutines of its own, which a panic must not leave.
type boundary struct{ inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b boundary) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		own := *req
		own.Body = body{guard.Reader(req.Body), req.Body}
		req = &own
	}
	resp, err := b.inner.RoundTrip(req)
	if err != nil || resp.Body == nil || resp.Body == http.NoBody || resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, err
	}
	what := "the engine's answer to " + req.Method + " " + unversioned(req.URL.Path)
	switch answerOf(req.URL.Path, resp.StatusCode) {
	case isDocument:
		resp.Body = body{document(req, resp.Body, what), resp.Body}
	case isMessages:
		resp.Body = body{bounded.Messages(resp.Body, "one message of "+what, maxMessage), resp.Body}
	}
	return resp, nil
}

type body struct {
	io.Reader
	io.Closer
}

// Bounds on what an engine answers, in bytes, decoded; a list is not decoded here.
const (
	maxDocument = bounded.Limit
	maxMessage  = 8 << 20
	maxList     = 256 << 20
)

func document(req *http.Request, answer io.Reader, what string) io.Reader {
	if req.Context().Value(listKey{}) != nil {
		return bounded.Reader(answer, what, maxList)
	}
	return bounded.Document(answer, what, maxDocument)
}

// answer is the kind of an endpoint's answer.
type answer int

const (
	isDocument answer = iota
	isMessages
	isContent // of any size: it is passed on, or bounded where it is read
)

// answers lists those that are not documents, by the last parts of the endpoints' paths.
var answers = map[string]answer{
	"events": isMessages, "stats": isMessages, "build": isMessages, "images/create": isMessages, "images/load": isMessages, "push": isMessages,
	"logs": isContent, "attach": isContent, "archive": isContent, "export": isContent, "get": isContent, "start": isContent,
}

func answerOf(path string, status int) answer {
	if status >= http.StatusBadRequest {
		return isDocument
	}
	parts := strings.Split(path, "/")
	for n := 1; n <= 2 && n <= len(parts); n++ {
		if a, is := answers[strings.Join(parts[len(parts)-n:], "/")]; is {
			return a
		}
	}
	return isDocument
}

// unversioned returns an endpoint's path without the API version.
func unversioned(path string) string {
	if rest, is := strings.CutPrefix(path, "/v"); is {
		if at := strings.IndexByte(rest, '/'); at >= 0 {
			return rest[at:]
		}
	}
	return path
}
