// Package prune removes what nothing on the engine uses: containers, images, networks,
// volumes and build cache. It imports core, filterargs,
// imageinfo, the session and volumes.
package prune

import (
	"context"

	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Prunes implements core.Prunes. Make it with New.
type Prunes struct {
	session  *session.Session
	settings []string
}

var _ core.Prunes = (*Prunes)(nil)

// New makes prunes of an engine; settings are the pruneFilters of docker's settings, which
// count for all of them.
func New(s *session.Session, settings []string) *Prunes {
	return &Prunes{session: s, settings: settings}
}

// kind is a prune of one kind of thing. find lists what remove would remove, by the engine's
// own rules.
type kind[Result any] struct {
	filters      map[string][]string
	known        []string
	invalid      error // of another argument
	dryRun       bool
	find, remove func(ctx context.Context, wanted filters.Args) (Result, error)
}

// perform prunes. It waits while the engine prunes for somebody else. A prune is not asked for
// twice: the second answer would not have what the first request removed.
func perform[Result any](ctx context.Context, p *Prunes, k kind[Result]) (result Result, err error) {
	wanted, invalid := filterargs.ForPrune(k.filters, p.settings, k.known...)
	if k.invalid != nil {
		invalid = k.invalid
	}
	operation := session.Operation{Invalid: invalid, Long: true, Repeat: k.dryRun}
	err = p.session.Perform(ctx, operation, func(ctx context.Context) error {
		result, err = k.do(ctx, p, wanted)
		return err
	})
	return result, err
}

// do is a prune with filters that are checked.
func (k kind[Result]) do(ctx context.Context, p *Prunes, wanted filters.Args) (result Result, err error) {
	err = session.Alone(ctx, func(ctx context.Context) error {
		if k.dryRun {
			result, err = k.find(ctx, wanted)
			return err
		}
		return p.session.Once(ctx, func(ctx context.Context) error {
			result, err = k.remove(ctx, wanted)
			return err
		}, nil)
	})
	return result, err
}
