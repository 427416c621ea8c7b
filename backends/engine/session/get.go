package session

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// Get reads a document as the engine wrote it; docker's client would drop unknown fields.
func (s *Session) Get(ctx context.Context, path string) (json.RawMessage, error) {
	url := "http://docker.invalid/v" + s.API.ClientVersion() + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	for name, value := range s.opts.Headers {
		req.Header.Set(name, value)
	}
	resp, err := s.API.HTTPClient().Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := bounded.Collect(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || !json.Valid(body) {
		return nil, core.Errorf(core.KindEngineError, "GET %s: %s: %.300s", path, resp.Status, body)
	}
	return body, nil
}
