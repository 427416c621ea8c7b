package liveness

import (
	"sync"
	"syscall"
)

// here returns the place of this process. There is one PID namespace, and no /proc: only
// a number that no process has proves an end.
var here = sync.OnceValue(func() Place {
	boot, err := syscall.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return Place{}
	}
	return Place{System: "darwin", Boot: boot, Namespace: "all"}
})
