// Package sshconfig finds out what ssh would do for a destination: the effective
// settings of the ssh config. It asks the installed ssh (ssh -G) and has a library's
// parser for machines without OpenSSH. It opens no connection.
package sshconfig

import (
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// Request names an SSH destination.
type Request struct {
	// Host may be an alias from the config. User and Port are "" if not given.
	Host, User, Port string
	// ConfigFile replaces the user's and the system's config, as ssh -F does.
	ConfigFile string
	Environ    core.Environ
}

// Strict is a value of StrictHostKeyChecking.
type Strict string

// The values, as the manual names them. With nobody to ask, StrictAsk means StrictYes.
const (
	StrictYes       Strict = "yes"
	StrictAsk       Strict = "ask"
	StrictAcceptNew Strict = "accept-new"
	StrictNo        Strict = "no"
)

// Settings are the effective settings. Paths are expanded and absolute; "none" and
// lists without an entry are empty.
type Settings struct {
	Alias                string // the destination as it was asked for
	HostName, Port, User string

	IdentityFiles        []string
	IdentityFilesDefault bool // nobody named them: missing ones are not reported
	IdentitiesOnly       bool
	IdentityAgent        string // the agent's socket; "" if there is none
	CertificateFiles     []string
	PubkeyAuthentication bool
	PKCS11Provider       string // only to say that it is not supported

	UserKnownHosts        []string
	GlobalKnownHosts      []string
	StrictHostKeyChecking Strict
	HostKeyAlias          string
	HashKnownHosts        bool
	RevokedHostKeys       string
	NoHostAuthForLocal    bool

	// Lists of algorithms; nil if the config leaves the choice open.
	HostKeyAlgorithms        []string
	CASignatureAlgorithms    []string
	PubkeyAcceptedAlgorithms []string
	KexAlgorithms            []string
	Ciphers                  []string
	MACs                     []string

	ProxyJump    []string // nearest to here first
	ProxyCommand string   // with its tokens expanded

	ConnectTimeout      time.Duration // 0: not set
	ServerAliveInterval time.Duration // 0: off
	ServerAliveCountMax int
	AddressFamily       string // any, inet, inet6
	BindAddress         string
}

// LookupName returns the name under which the host's keys are listed, without the port.
func (s *Settings) LookupName() string {
	if s.HostKeyAlias != "" {
		return s.HostKeyAlias
	}
	return s.HostName
}
