package archive

import "github.com/proboscis/ml_nexus_go/core"

// unsafeEntry returns the error for an archive that tries to reach what it must not.
func unsafeEntry(name, problem string) error {
	return core.Errorf(core.KindEngineError, "unsafe archive: entry %q %s; nothing was written there", name, problem).
		With("reason", "unsafe_archive").With("entry", name)
}
