package core

// RegistryLogin is a login to a registry given with a request; it overrides docker's
// settings. Token is an identity token, as docker login stores it.
type RegistryLogin struct {
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
}

// PullRequest pulls an image from its registry. Image without a tag or digest means
// latest. AllTags pulls every tag of the repository.
type PullRequest struct {
	Image    string         `json:"image"`
	Platform string         `json:"platform,omitempty"` // os[/arch[/variant]]
	AllTags  bool           `json:"all_tags,omitempty"`
	Login    *RegistryLogin `json:"login,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
	// Progress asks for events: LayerEvent and StatusEvent.
	Progress bool `json:"progress,omitempty"`
}

// PullResult reports what was pulled. Digest is that of the manifest in the registry.
type PullResult struct {
	Image    string `json:"image"` // the reference, with its tag or digest
	Digest   string `json:"digest"`
	ID       string `json:"id,omitempty"` // the engine's; empty with AllTags
	UpToDate bool   `json:"up_to_date"`   // the engine had all of it
}

// PushRequest pushes an image to the registry in its name. AllTags pushes every tag of
// the repository; the name must have none then.
type PushRequest struct {
	Image    string         `json:"image"`
	Platform string         `json:"platform,omitempty"`
	AllTags  bool           `json:"all_tags,omitempty"`
	Login    *RegistryLogin `json:"login,omitempty"`
	Progress bool           `json:"progress,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
}

// PushResult reports what was pushed. Digests has the manifest's digest for each tag.
type PushResult struct {
	Image   string            `json:"image"`
	Digest  string            `json:"digest"` // of the last tag
	Digests map[string]string `json:"digests"`
}

// LoginRequest logs in to a registry. Store keeps the login where docker login does;
// else it lasts as long as the client.
type LoginRequest struct {
	Registry string        `json:"registry"` // HOST[:PORT]; "" is Docker Hub
	Login    RegistryLogin `json:"login"`
	Store    bool          `json:"store,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
}

// LoginResult is the engine's answer to a login.
type LoginResult struct {
	Registry string `json:"registry"`
	Status   string `json:"status"`
}

// LayerEvent is a step in the transfer of one layer. Done and Total are bytes; Total is
// -1 if it is unknown. They count compressed bytes for downloads and uploads, and
// bytes on disk or seconds for what follows, as the engine's Status says.
type LayerEvent struct {
	Event  string `json:"event"` // "layer"
	ID     string `json:"id"`
	Status string `json:"status"` // the engine's word: Downloading, Pushed...
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
}

// StatusEvent is the engine's message about a transfer as a whole.
type StatusEvent struct {
	Event   string `json:"event"` // "status"
	Message string `json:"message"`
}
