package dockerconfig

import (
	"path/filepath"
	"runtime"

	"github.com/proboscis/ml_nexus_go/core"
)

// systemHelpers are the credential helpers of this system's keychain.
var systemHelpers = map[string][]string{
	"linux":  {"pass", "secretservice"},
	"darwin": {"osxkeychain"},
}[runtime.GOOS]

func onPath(environ core.Environ, program string) bool {
	for _, dir := range filepath.SplitList(environ.Get("PATH")) {
		if filepath.IsAbs(dir) && executable(filepath.Join(dir, program)) {
			return true
		}
	}
	return false
}
