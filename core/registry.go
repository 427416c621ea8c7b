package core

import (
	"context"
	"sort"
	"strings"
)

// OpenRequest is what makes a client.
type OpenRequest struct {
	Target  string  `json:"target"`
	Environ Environ `json:"environ"`
	// ConnectTimeoutSeconds bounds one attempt to reach the engine; 0 means 10.
	ConnectTimeoutSeconds float64 `json:"connect_timeout,omitempty"`
	// ReconnectTimeoutSeconds bounds how long a lost connection is retried; 0 means 60.
	ReconnectTimeoutSeconds float64 `json:"reconnect_timeout,omitempty"`
	// Session labels what this client creates: a random text, unique for each client.
	Session string `json:"session,omitempty"`
	// Owner says who created it: this process, unless PID is another's.
	Owner Owner `json:"owner"`
	// HostFiles says how to reach files on the engine's host: a HostFilesWay, or "".
	HostFiles string `json:"host_files,omitempty"`
	// SignalAsRoot lets the agent end execs as root if their own user cannot.
	SignalAsRoot bool `json:"signal_as_root,omitempty"`
	// TLS settings by keyword; they override DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.
	TLS *TLSRequest `json:"tls,omitempty"`
	// SSH holds what only the SSH backend reads.
	SSH SSHRequest `json:"ssh,omitzero"`
	// Nodes are the targets of a fleet's nodes, by their names or IDs. The others are reached as
	// their labels say, or over SSH at their addresses.
	Nodes map[string]string `json:"nodes,omitempty"`
	// Gone, if set, is asked while an engine that has answered does not answer any more. Its error
	// ends the wait for the engine.
	Gone func(ctx context.Context) error `json:"-"`
	// Warn gets warnings, which a program would print on a terminal; nil drops them.
	Warn func(message string) `json:"-"`
}

// Owner describes a client's process for people; core/liveness has what proves its end.
type Owner struct {
	Host  string  `json:"host"`
	PID   int     `json:"pid"`   // 0 is this process
	Start float64 `json:"start"` // Unix seconds, by the machine's clock; 0 means unknown
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
	// Passphrases maps a key file to its passphrase; "" stands for any other key.
	Passphrases map[string]string `json:"passphrases,omitempty"`
	// DeadPeerSeconds is how long a peer may not answer before it counts as dead; 0 means 15.
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
		return nil, Errorf(KindInvalidArgument, "%q needs a backend for %s, but this build has only: %s", target.Text, target.Scheme, strings.Join(r.schemes(), ", "))
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

// Reserver is a client of several engines, which can hold resources on one of them.
type Reserver interface {
	// Reserve waits for its turn, and returns a client of the node where the resources are held:
	// until the client is closed, and what it has left running there has ended.
	Reserve(ctx context.Context, req ReserveRequest) (DockerClient, Reservation, error)
}

// ReserveRequest asks for resources of one node.
type ReserveRequest struct {
	GPUs   int64   `json:"gpus,omitempty"` // -1 for all of a node
	CPUs   float64 `json:"cpus,omitempty"`
	Memory string  `json:"memory,omitempty"` // as docker run takes it: "64g"
	// Devices counts those of other kinds, by the names of the nodes' generic resources; -1 for all
	// of a node.
	Devices map[string]int64 `json:"devices,omitempty"`
	// Constraints are Swarm's: node.labels.disk==ssd, for example.
	Constraints []string `json:"constraints,omitempty"`
	// QueueTimeoutSeconds ends the wait with OperationTimeout; 0 means no limit.
	QueueTimeoutSeconds float64 `json:"queue_timeout,omitempty"`
	// Options are those of docker run, for which a place is taken: instead of what is above, but for
	// the limit. What they say of a node (--constraint) is done with, and may be repeated there.
	Options []string `json:"options,omitempty"`
	// Node is the name or ID of a node, for a client of it that holds nothing.
	Node string `json:"node,omitempty"`
}

// Reservation says what is held, and where.
type Reservation struct {
	Node    string              `json:"node"`
	GPUs    []string            `json:"gpus"`    // by the names that --gpus device= takes
	Devices map[string][]string `json:"devices"` // those of other kinds
}
