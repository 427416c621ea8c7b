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

// LogoutRequest removes a login.
type LogoutRequest struct {
	Registry string `json:"registry"` // as in LoginRequest
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
}

// LogoutResult reports whether there was a login.
type LogoutResult struct {
	Registry string `json:"registry"`
	Removed  bool   `json:"removed"`
}

// DistributionRequest asks for what a registry has under an image's name. Without a tag or
// digest it means latest.
type DistributionRequest struct {
	Image string         `json:"image"`
	Login *RegistryLogin `json:"login,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
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

// SaveRequest writes images with all their layers as a tar archive, as docker save
// does: to a local file, or, if Path is "", to Streams.Stdout.
type SaveRequest struct {
	Images   []string `json:"images"`
	Path     string   `json:"path,omitempty"`     // local, absolute
	Platform string   `json:"platform,omitempty"` // this one of several; API 1.48
	Progress bool     `json:"progress,omitempty"` // asks for events: Progress
}

// SaveResult reports how long the archive is, in bytes.
type SaveResult struct {
	Bytes int64 `json:"bytes"`
}

// LoadRequest loads what SaveRequest wrote, from a local file, or, if Path is "",
// from Streams.Stdin. The archive may be compressed by gzip, bzip2, xz or zstd.
type LoadRequest struct {
	Path     string `json:"path,omitempty"` // local, absolute
	Platform string `json:"platform,omitempty"`
	Progress bool   `json:"progress,omitempty"` // asks for events: Progress, LayerEvent, StatusEvent
}

// WantsStdin tells the C ABI to keep the operation's input open.
func (r LoadRequest) WantsStdin() bool { return r.Path == "" }

// LoadResult names what was loaded: references, and the IDs of images without one.
type LoadResult struct {
	Images []string `json:"images"`
}

// ImportRequest makes an image of a tar archive of files, as docker import does: of a local file, or, if
// Path is "", of Streams.Stdin. The archive may be compressed by gzip, bzip2, xz or zstd.
type ImportRequest struct {
	Path string `json:"path,omitempty"` // local, absolute
	Tag  string `json:"tag,omitempty"`  // the image's name; none if empty
	// Changes are instructions of a Dockerfile ("ENV A=b").
	Changes  []string `json:"changes,omitempty"`
	Message  string   `json:"message,omitempty"`
	Platform string   `json:"platform,omitempty"`
	Progress bool     `json:"progress,omitempty"` // asks for events: Progress
}

// WantsStdin tells the C ABI to keep the operation's input open.
func (r ImportRequest) WantsStdin() bool { return r.Path == "" }

// NewImage names an image that was made.
type NewImage struct {
	ID string `json:"id"`
}

// HistoryRequest asks for the layers of an image. NoTrunc asks for whole commands and IDs,
// Raw for sizes in bytes and times as timestamps (docker history --human=false).
type HistoryRequest struct {
	Image   string `json:"image"`
	NoTrunc bool   `json:"no_trunc,omitempty"`
	Raw     bool   `json:"raw,omitempty"`
}

// PruneImagesRequest removes unused images: those without a name, or with All every one
// that no container uses.
type PruneImagesRequest struct {
	All bool `json:"all,omitempty"`
	// Labels and NotLabels are NAME or NAME=VALUE.
	Labels    []string `json:"labels,omitempty"`
	NotLabels []string `json:"not_labels,omitempty"`
	// Until is a timestamp or a duration ("24h"): only images made before then.
	Until string `json:"until,omitempty"`
	// Filters are label, label! and until in docker's form.
	Filters map[string][]string `json:"filters,omitempty"`
	DryRun  bool                `json:"dry_run,omitempty"`
}

// PruneImagesResult lists what the engine did.
type PruneImagesResult struct {
	Untagged  []string `json:"untagged"`
	Deleted   []string `json:"deleted"`
	Reclaimed uint64   `json:"reclaimed"` // bytes
}

// ImageTransferRequest moves an image to another engine without a registry.
type ImageTransferRequest struct {
	Image    string `json:"image"`
	Progress bool   `json:"progress,omitempty"` // asks for events: Progress, LayerEvent, StatusEvent
}

// ImageTransferResult reports what a transfer did.
type ImageTransferResult struct {
	Image  string `json:"image"`
	ID     string `json:"id"`     // on the other engine
	Bytes  int64  `json:"bytes"`  // sent to the other engine
	Layers int    `json:"layers"` // of the image
	Reused int    `json:"reused"` // of those: not sent, because the other engine had them
	// Present reports whether the other engine had the image: at most a name was added.
	Present bool `json:"present"`
}
