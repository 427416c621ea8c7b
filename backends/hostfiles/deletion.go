package hostfiles

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// checkName decides by the path alone, before asking the host.
func checkName(asked, cleaned string, allowed core.Protection) error {
	if cleaned == "/" {
		return protect.Refuse(asked, protect.ByName(cleaned))
	}
	if why := protect.ByName(cleaned); why != "" && !allowed.AllowSystemPaths {
		return protect.RefuseDeletion(asked, cleaned, why)
	}
	return nil
}

// checkDeletion refuses a deletion at a resolved path, or in it, unless the caller insists.
// kept reports what stays there in any case.
func checkDeletion(ctx context.Context, host FileSystem, asked, resolved string, allowed core.Protection, kept func(path string) bool) error {
	if err := checkName(asked, resolved, allowed); err != nil || allowed.AllowSystemPaths {
		return err
	}
	known, err := host.Known(ctx, resolved)
	if err != nil {
		return fileerr.At(resolved, err)
	}
	known.DataRoots = append(known.DataRoots, allowed.DataRoots...)
	if err := resolveKnown(ctx, host, &known, resolved); err != nil {
		return fileerr.At(resolved, err)
	}
	if why := protect.Reason(resolved, known.Except(kept)); why != "" {
		return protect.RefuseDeletion(asked, resolved, why)
	}
	return nil
}

func keepNothing(string) bool { return false }

// resolveKnown adds where symlinks on the way to home folders and data roots lead. If that
// is slow, it looks only at homes with the path's own name.
func resolveKnown(ctx context.Context, host FileSystem, known *protect.Known, resolved string) error {
	features, err := host.Features(ctx)
	if err != nil {
		return err
	}
	err = resolveAll(ctx, host, features.Concurrency, &known.Homes, func(at, home string) bool {
		return at == path.Dir(home) && features.QuickResolve || path.Base(at) == path.Base(resolved)
	})
	if err != nil {
		return err
	}
	return resolveAll(ctx, host, features.Concurrency, &known.DataRoots, func(at, root string) bool { return at == root })
}

// resolveAll resolves those folders on the way to paths that are wanted, each once: there
// may be thousands of users.
func resolveAll(ctx context.Context, host FileSystem, concurrency int, paths *[]string, wanted func(at, whole string) bool) error {
	below := map[string][]string{} // what is below the folders
	for _, whole := range *paths {
		whole = path.Clean(whole)
		for at := whole; at != "/" && at != "."; at = path.Dir(at) {
			if wanted(at, whole) {
				below[at] = append(below[at], strings.TrimPrefix(whole, at))
			}
		}
	}
	asked := slices.Collect(maps.Keys(below))
	reals := make([]string, len(asked))
	err := guard.Each(ctx, concurrency, len(asked), func(i int) (err error) {
		if reals[i], err = host.Resolve(ctx, asked[i]); isFatal(err) {
			return err
		}
		return nil // a folder that cannot be resolved contains nothing
	})
	for i, at := range asked {
		for _, rest := range below[at] {
			if reals[i] != "" && reals[i] != at {
				*paths = append(*paths, path.Join(reals[i], rest))
			}
		}
	}
	return err
}
