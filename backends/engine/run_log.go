package engine

import (
	"strconv"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"
)

// exactLog returns a log configuration whose content is byte for byte what the container
// wrote: json-file replaces what is not UTF-8, and local rotates at 100 MB by default.
// Before engine 23, local loses the end of a line of more than 16 KiB; there json-file is
// the lesser evil, because it shows what it replaced.
func (e *Engine) exactLog() container.LogConfig {
	size := strconv.Itoa(1<<20) + "m"
	if versions.LessThan(e.api.ClientVersion(), "1.42") {
		return container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": size}}
	}
	return container.LogConfig{Type: "local", Config: map[string]string{"max-size": size, "max-file": "1", "compress": "false"}}
}
