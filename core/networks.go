package core

// Subnet is a range of a network's addresses, in CIDR notation. What is empty is chosen by
// the engine.
type Subnet struct {
	Subnet  string `json:"subnet"`
	Gateway string `json:"gateway,omitempty"`
	IPRange string `json:"ip_range,omitempty"`
	// Reserved are addresses that no container gets, by what uses them.
	Reserved map[string]string `json:"reserved,omitempty"`
}

// NetworkCreateRequest is docker network create.
type NetworkCreateRequest struct {
	Name        string            `json:"name"`
	Driver      string            `json:"driver,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Internal    bool              `json:"internal,omitempty"`
	Attachable  bool              `json:"attachable,omitempty"`
	IPv6        bool              `json:"ipv6,omitempty"`
	Scope       string            `json:"scope,omitempty"`
	IPAMDriver  string            `json:"ipam_driver,omitempty"`
	IPAMOptions map[string]string `json:"ipam_options,omitempty"`
	Subnets     []Subnet          `json:"subnets,omitempty"`
}

// NetworkRequest names a network by its name or ID.
type NetworkRequest struct {
	Network string `json:"network"`
}

// NetworkListRequest asks for the networks that have all of these properties.
type NetworkListRequest struct {
	Filters map[string][]string `json:"filters,omitempty"`
}

// NetworkConnectRequest gives a container a place in a network: other names there, and
// addresses of its own choice.
type NetworkConnectRequest struct {
	Network   string   `json:"network"`
	Container string   `json:"container"`
	Aliases   []string `json:"aliases,omitempty"`
	IP        string   `json:"ip,omitempty"`
	IP6       string   `json:"ip6,omitempty"`
}

// NetworkDisconnectRequest takes a container out of a network. Force also takes out what the
// engine has lost track of.
type NetworkDisconnectRequest struct {
	Network   string `json:"network"`
	Container string `json:"container"`
	Force     bool   `json:"force,omitempty"`
}

// NetworksPruneRequest removes the networks that no running container is in. DryRun only asks which.
type NetworksPruneRequest struct {
	Filters map[string][]string `json:"filters,omitempty"`
	DryRun  bool                `json:"dry_run,omitempty"`
}

// NetworksPruneResult names what was removed.
type NetworksPruneResult struct {
	Networks []string `json:"networks"`
}

// ForwardRequest makes a port of a container reachable on this machine, or, with Reverse, one of
// this machine in the container. Both are on the loopback.
type ForwardRequest struct {
	Container string `json:"container"`
	// Port is the container's: where a program of it listens or, with Reverse, where the agent
	// does (0 is any free one).
	Port int `json:"port,omitempty"`
	// Socket is an abstract Unix socket of the container instead, with "@" in front.
	Socket string `json:"socket,omitempty"`
	// LocalPort is this machine's. 0 is any free one; with Reverse, the same as Port.
	LocalPort int `json:"local_port,omitempty"`
	// LocalSocket is a Unix socket of this machine instead; absolute. Without Reverse it is
	// made, and only its owner may connect to it.
	LocalSocket string `json:"local_socket,omitempty"`
	Reverse     bool   `json:"reverse,omitempty"`
	// HostNetwork allows a container that has the host's network, and so the host's loopback.
	HostNetwork bool `json:"host_network,omitempty"`
}

// ListeningEvent says where a forwarded port is: an address of this machine or, with Reverse,
// in the container. For a Unix socket there is no Host and no Port.
type ListeningEvent struct {
	Event  string `json:"event"` // "listening"
	Host   string `json:"host,omitempty"`
	Port   int    `json:"port,omitempty"`
	Socket string `json:"socket,omitempty"`
}

// RefusedEvent says why a connection to a forwarded port was closed at once.
type RefusedEvent struct {
	Event   string `json:"event"` // "refused"
	Message string `json:"message"`
}
