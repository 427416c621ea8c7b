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
