//go:build !linux && !darwin

package session

import "errors"

// queued is for systems whose sockets do not say it.
func queued(int) (int, error) { return 0, errors.ErrUnsupported }
