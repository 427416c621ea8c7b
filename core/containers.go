package core

// ContainerTopRequest asks for the processes of a container. Arguments are those of ps on
// the engine's host; none means -ef.
type ContainerTopRequest struct {
	Container string   `json:"container"`
	Arguments []string `json:"arguments,omitempty"`
}

// ContainerTopResult is what ps printed: a text for each title in each process.
type ContainerTopResult struct {
	Titles    []string   `json:"titles"`
	Processes [][]string `json:"processes"`
}

// ContainerChange is a path that differs from the container's image.
type ContainerChange struct {
	// "modified", "added", "deleted"
	Kind string `json:"kind"`
	Path string `json:"path"`
}
