package core

import (
	"context"
	"sort"
	"strings"
)

// OpenRequest is what a client is made from.
type OpenRequest struct {
	Target  string  `json:"target"`
	Environ Environ `json:"environ"`
	// ConnectTimeoutSeconds bounds one attempt to reach the engine; 0 means 10.
	ConnectTimeoutSeconds float64 `json:"connect_timeout,omitempty"`
	// ReconnectTimeoutSeconds bounds how long a lost line is tried again; 0 means 60.
	ReconnectTimeoutSeconds float64 `json:"reconnect_timeout,omitempty"`
	// Session labels what this client creates (a random text, one for each client).
	Session string `json:"session,omitempty"`
	// Owner says who created it. Its process is this one, unless PID is another's.
	Owner Owner `json:"owner"`
	// HostFiles says how files on the engine's host are reached: "auto" (or "") decides
	// by the connection, "local" means that they are this machine's, "engine" goes
	// through the engine alone.
	HostFiles string `json:"host_files,omitempty"`
	// SignalAsRoot lets execs be ended as root, by the agent, where their own user cannot.
	SignalAsRoot bool `json:"signal_as_root,omitempty"`
	// TLS settings by keyword; they win over DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.
	TLS *TLSRequest `json:"tls,omitempty"`
	// SSH holds what only the SSH backend reads.
	SSH SSHRequest `json:"ssh,omitzero"`
	// Warn gets what a program would print on a terminal and go on; nil drops it.
	Warn func(message string) `json:"-"`
}

// Owner describes the process a client lives in, for people: what proves its end is in
// core/liveness.
type Owner struct {
	Host  string  `json:"host"`
	PID   int     `json:"pid"`   // 0 is this process
	Start float64 `json:"start"` // Unix seconds, by the machine's clock; 0 is not known
}

// TLSRequest names PEM files. Verify false accepts any server certificate.
type TLSRequest struct {
	CA     string `json:"ca,omitempty"`
	Cert   string `json:"cert,omitempty"`
	Key    string `json:"key,omitempty"`
	Verify bool   `json:"verify"`
}

// SSHRequest are the SSH backend's settings beyond the ssh config.
type SSHRequest struct {
	// ConfigFile replaces ~/.ssh/config and /etc/ssh/ssh_config, as ssh -F does.
	ConfigFile string `json:"config_file,omitempty"`
	// Passphrases maps a key file to its passphrase; "" is for any other key.
	Passphrases map[string]string `json:"passphrases,omitempty"`
	// DeadPeerSeconds is after how long without an answer a peer counts as dead; 0 means 15.
	DeadPeerSeconds float64 `json:"dead_peer,omitempty"`
}

// Opener makes a client for a target without using the network.
type Opener func(ctx context.Context, target Target, req OpenRequest) (DockerClient, error)

// Registry maps schemes to backends. It is filled explicitly, in capi.
type Registry map[Scheme]Opener

// Open parses the target and asks its backend for a client.
func (r Registry) Open(ctx context.Context, req OpenRequest) (DockerClient, error) {
	target, err := ParseTarget(req.Target)
	if err != nil {
		return nil, err
	}
	open, ok := r[target.Scheme]
	if !ok {
		return nil, Errorf(KindInvalidArgument, "%q needs a backend for %s, and this build has only: %s", target.Text, target.Scheme, strings.Join(r.schemes(), ", "))
	}
	return open(ctx, target, req)
}

func (r Registry) schemes() []string {
	names := make([]string, 0, len(r))
	for s := range r {
		names = append(names, string(s))
	}
	sort.Strings(names)
	return names
}
