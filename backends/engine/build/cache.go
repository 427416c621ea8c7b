package build

import (
	"maps"

	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/client"
)

// readCaches checks --cache-from and --cache-to.
func (s *Spec) readCaches() error {
	var err error
	if s.cacheFrom, err = caches("--cache-from", s.flags.cacheFrom, "src", "registry", "local"); err != nil {
		return err
	}
	s.cacheTo, err = caches("--cache-to", s.flags.cacheTo, "dest", "inline", "registry", "local")
	if s.args["BUILDKIT_INLINE_CACHE"] == "1" {
		s.cacheTo = append(s.cacheTo, client.CacheOptionsEntry{Type: "inline", Attrs: map[string]string{}})
	}
	return err
}

// caches parses one of the two options. folder is the attribute with a local cache's path.
func caches(option string, values []string, folder string, known ...string) ([]client.CacheOptionsEntry, error) {
	parsed, err := buildflags.ParseCacheEntry(values)
	if err != nil {
		return nil, invalid("%s: %w", option, err)
	}
	out := make([]client.CacheOptionsEntry, 0, len(parsed))
	for _, entry := range parsed {
		if !contains(known, entry.Type) {
			return nil, invalid("%s type=%s is not supported: there are %v", option, entry.Type, known)
		}
		needed := map[string]string{"registry": "ref", "local": folder}[entry.Type]
		if needed != "" && entry.Attrs[needed] == "" {
			return nil, invalid("%s type=%s needs %s=", option, entry.Type, needed)
		}
		if entry.Type == "local" && folder == "src" {
			if err := checkFolder(entry.Attrs[folder], option); err != nil {
				return nil, err
			}
		}
		attrs := maps.Clone(entry.Attrs)
		if attrs == nil {
			attrs = map[string]string{}
		}
		out = append(out, client.CacheOptionsEntry{Type: entry.Type, Attrs: attrs})
	}
	return out, nil
}

func contains(list []string, word string) bool {
	for _, one := range list {
		if one == word {
			return true
		}
	}
	return false
}
