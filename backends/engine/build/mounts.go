package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"syscall"

	"github.com/tonistiigi/fsutil"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// mounts returns what the engine may read from this machine, by BuildKit's names for it.
func (s *Spec) mounts(trouble *localfiles.Trouble) (map[string]fsutil.FS, error) {
	context, err := localfiles.Watch(s.source.folder, "the context", trouble)
	if err != nil {
		return nil, err
	}
	mounts := map[string]fsutil.FS{"context": context, "dockerfile": s.source.fs()}
	for name, path := range s.contexts {
		if remoteContext(path) {
			continue
		}
		if mounts[mountName(name)], err = localfiles.Watch(path, "--build-context "+name, trouble); err != nil {
			return nil, err
		}
	}
	return mounts, nil
}

// mountName keeps a build context from replacing one of the two that always exist.
func mountName(context string) string {
	if context == "context" || context == "dockerfile" {
		return "_" + context
	}
	return context
}

// fs returns a folder with the Dockerfile as it was read. The engine keeps what it got for
// the next build and compares times, so the time is a new one.
func (c *source) fs() fsutil.FS {
	files := localfiles.Memory{c.name: c.text}
	if c.ignore != nil {
		files[c.name+ignoreFile] = c.ignore
	}
	return files
}

// sharedKey names the copy of the context that the engine keeps, so that the next
// build sends only what changed. The same path on another machine is another folder.
func (s *Spec) sharedKey(owner core.Owner) string {
	machine, _ := os.ReadFile("/etc/machine-id")
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\x00%s\x00%s", owner.Host, machine, s.source.folder)
	if info, err := os.Stat(s.source.folder); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			_, _ = fmt.Fprintf(sum, "\x00%d:%d", stat.Dev, stat.Ino)
		}
	}
	return "ml-nexus-go:" + hex.EncodeToString(sum.Sum(nil)[:16])
}
