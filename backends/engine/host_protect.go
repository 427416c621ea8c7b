package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// protectHere is protect for a sync to this machine, if the engine is here too.
func (e *Engine) protectHere(ctx context.Context, req *core.SyncRequest) error {
	if here, is := e.opts.HostFiles.(interface{ Here() bool }); !req.Delete || !is || !here.Here() {
		return nil
	}
	return e.protect(ctx, &req.Protection)
}

// protect adds to a deletion what only the engine knows: where it keeps its data. A host
// whose files are reached without an engine may have no engine: the usual places and
// everything mounted are protected anyway.
func (e *Engine) protect(ctx context.Context, p *core.Protection) error {
	if p.AllowSystemPaths {
		return nil
	}
	err, root := e.session.Negotiate(ctx), ""
	if err == nil {
		root, err = e.agents.DataRoot(ctx)
	}
	switch {
	case err != nil && core.KindOf(session.Translate(ctx, err)) == core.KindEngineUnreachable:
		return nil
	case err != nil:
		return core.Errorf(core.KindOf(session.Translate(ctx, err)),
			"the engine does not say where it keeps its data, which must not be deleted: %w", err)
	}
	p.DataRoots = []string{root}
	return nil
}
