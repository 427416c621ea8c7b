package session

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/system"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// Get reads a document as the engine wrote it; docker's client would drop unknown fields.
func (s *Session) Get(ctx context.Context, path string) (json.RawMessage, error) {
	return s.GetWith(ctx, path, nil)
}

// GetWith is Get with more headers.
func (s *Session) GetWith(ctx context.Context, path string, headers map[string]string) (json.RawMessage, error) {
	body, err := s.open(ctx, path, headers)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	document, err := bounded.Collect(body)
	if err == nil && !json.Valid(document) {
		err = core.Errorf(core.KindEngineError, "GET %s: the answer is no JSON: %.300s", path, document)
	}
	if err == nil && bounded.TooDeep(document) {
		err = core.Errorf(core.KindEngineError, "GET %s: the answer is nested deeper than an engine's is", path)
	}
	return document, err
}

type listKey struct{}

// List is Get for the list of all containers or images that an engine has: 100,000 containers
// are more than any other document may take.
func (s *Session) List(ctx context.Context, path string) (json.RawMessage, error) {
	return s.Get(context.WithValue(ctx, listKey{}, true), path)
}

// Read decodes a document.
func (s *Session) Read(ctx context.Context, path string, into any) error {
	raw, err := s.Get(ctx, path)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// Info returns what the engine says of itself. Docker's client forgets that an answer was lost in the middle.
func (s *Session) Info(ctx context.Context) (info system.Info, err error) {
	err = s.Read(ctx, "/info", &info)
	return info, err
}

// Open returns the engine's answer as it comes. The caller closes it.
func (s *Session) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	return s.open(ctx, path, nil)
}

func (s *Session) open(ctx context.Context, path string, headers map[string]string) (io.ReadCloser, error) {
	url := "http://docker.invalid/v" + s.API.ClientVersion() + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	for _, some := range []map[string]string{s.opts.Headers, headers} {
		for name, value := range some {
			req.Header.Set(name, value)
		}
	}
	resp, err := s.API.HTTPClient().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := bounded.Collect(resp.Body)
	if err != nil {
		return nil, err
	}
	return nil, refusal(path, resp, body)
}

// Refused is the cause of an error that an engine answered: its own words.
type Refused struct {
	Message string
	cause   error // what it means to containerd's errdefs, if anything
}

// Error implements error.
func (r *Refused) Error() string { return r.Message }

// Unwrap returns what it means to containerd's errdefs.
func (r *Refused) Unwrap() error { return r.cause }

// refusal makes an error of an answer other than a document, as docker's client does.
func refusal(path string, resp *http.Response, body []byte) error {
	var answer struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &answer)
	// Engine 20.10 answers 500 where a filter names a container that does not exist.
	missing := resp.StatusCode == http.StatusNotFound || notFoundKind(answer.Message) == core.KindContainerNotFound
	switch {
	case answer.Message == "":
	case resp.StatusCode == http.StatusBadRequest:
		return &core.Error{Kind: core.KindInvalidArgument, Message: answer.Message, Err: &Refused{answer.Message, cerrdefs.ErrInvalidArgument}}
	case missing:
		return &core.Error{Kind: notFoundKind(answer.Message), Message: answer.Message, Err: &Refused{answer.Message, cerrdefs.ErrNotFound}}
	}
	failed := core.Errorf(core.KindEngineError, "GET %s: %s: %.300s", path, resp.Status, body)
	if answer.Message != "" {
		failed.Err = &Refused{Message: answer.Message}
	}
	return failed
}
