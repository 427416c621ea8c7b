//go:build !linux

package subprocess

// unblocked calls start: only on Linux is the library loaded with signals blocked.
func unblocked(start func() error) error { return start() }
