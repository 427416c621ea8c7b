package ssh

import (
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// Options say whom to connect to and how long to try.
type Options struct {
	// Target is a target of scheme ssh. Its Path is the engine's socket on the host, ""
	// to look where docker would look there.
	Target  core.Target
	Environ core.Environ
	SSH     core.SSHRequest
	// ConnectTimeout bounds one attempt; 0 means what the ssh config says, or 10 s.
	ConnectTimeout time.Duration
	// ReconnectTimeout bounds how long a lost connection is tried again; 0 means 60 s.
	ReconnectTimeout time.Duration
	// Warn gets what ssh would print on the terminal; nil drops it.
	Warn func(message string)
}

// Defaults of Options.
const (
	defaultConnectTimeout   = 10 * time.Second
	defaultReconnectTimeout = 60 * time.Second
	defaultDeadPeer         = 15 * time.Second
)

// OptionsOf takes from a request what this package needs.
func OptionsOf(target core.Target, req core.OpenRequest) Options {
	return Options{
		Target:           target,
		Environ:          req.Environ,
		SSH:              req.SSH,
		ConnectTimeout:   seconds(req.ConnectTimeoutSeconds),
		ReconnectTimeout: seconds(req.ReconnectTimeoutSeconds),
		Warn:             req.Warn,
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (o Options) warn(message string) {
	if o.Warn != nil {
		o.Warn(message)
	}
}
