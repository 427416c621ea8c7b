package system

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// DiskUsage implements core.System. Only containers are awaited that are removed meanwhile.
func (s *System) DiskUsage(ctx context.Context) (json.RawMessage, error) {
	return s.usage(ctx, "/system/df")
}

// BuildCache implements core.System. An engine before API 1.42 measures everything else, too.
func (s *System) BuildCache(ctx context.Context) ([]json.RawMessage, error) {
	raw, err := s.usage(ctx, "/system/df?type=build-cache")
	if err != nil {
		return nil, err
	}
	usage := struct{ BuildCache []json.RawMessage }{}
	err = json.Unmarshal(raw, &usage)
	if usage.BuildCache == nil { // null in JSON
		usage.BuildCache = []json.RawMessage{}
	}
	return usage.BuildCache, err
}

// usage may take as long as the engine needs to read all its files. An engine measures for one
// at a time, and refuses others.
func (s *System) usage(ctx context.Context, path string) (raw json.RawMessage, err error) {
	err = s.session.Perform(ctx, session.Operation{Repeat: true, Long: true}, func(ctx context.Context) error {
		return session.Alone(ctx, func(ctx context.Context) error {
			raw, err = session.Undisturbed(ctx, func() (json.RawMessage, error) { return s.session.Get(ctx, path) })
			return err
		})
	})
	return raw, err
}
