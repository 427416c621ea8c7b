package sshconn

import (
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// Options say where to connect and how long to try.
type Options struct {
	// Target is a target with scheme ssh; its Path is the caller's business.
	Target  core.Target
	Environ core.Environ
	SSH     core.SSHRequest
	// ConnectTimeout bounds one attempt; 0 means what the ssh config says, or 10 s.
	ConnectTimeout time.Duration
	// ReconnectTimeout bounds how long a lost connection is retried; 0 means 60 s.
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

func (o Options) withDefaults() Options {
	if o.ReconnectTimeout <= 0 {
		o.ReconnectTimeout = defaultReconnectTimeout
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	return o
}

// AttemptTime bounds one attempt to connect to a host. Without settings it is the bound for
// a host about which the ssh config says nothing.
func (o Options) AttemptTime(s *sshconfig.Settings) time.Duration {
	switch {
	case s == nil || s.ConnectTimeout == 0:
		if o.ConnectTimeout > 0 {
			return o.ConnectTimeout
		}
		return defaultConnectTimeout
	case o.ConnectTimeout > 0:
		return min(o.ConnectTimeout, s.ConnectTimeout)
	}
	return s.ConnectTimeout
}

// deadPeer returns how long a peer may not answer before it counts as dead.
func (o Options) deadPeer(s *sshconfig.Settings) time.Duration {
	if d := time.Duration(o.SSH.DeadPeerSeconds * float64(time.Second)); d > 0 {
		return d
	}
	if s.ServerAliveInterval > 0 && s.ServerAliveCountMax > 0 {
		return s.ServerAliveInterval * time.Duration(s.ServerAliveCountMax)
	}
	return defaultDeadPeer
}
