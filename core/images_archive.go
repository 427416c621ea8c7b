package core

// SaveRequest writes images with all their layers as a tar archive, as docker save
// does: to a local file, or, where Path is "", to Streams.Stdout.
type SaveRequest struct {
	Images   []string `json:"images"`
	Path     string   `json:"path,omitempty"`     // local, absolute
	Platform string   `json:"platform,omitempty"` // this one of several; API 1.48
	Progress bool     `json:"progress,omitempty"` // asks for events: Progress
}

// SaveResult tells how long the archive is, in bytes.
type SaveResult struct {
	Bytes int64 `json:"bytes"`
}

// LoadRequest loads what SaveRequest wrote, from a local file, or, where Path is "",
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

// HistoryRequest asks for the layers of an image. NoTrunc gives whole commands and IDs;
// Raw gives sizes in bytes and times as timestamps (docker history --human=false).
type HistoryRequest struct {
	Image   string `json:"image"`
	NoTrunc bool   `json:"no_trunc,omitempty"`
	Raw     bool   `json:"raw,omitempty"`
}

// PruneImagesRequest removes images that nothing uses: those without a name, with All
// every one that no container uses.
type PruneImagesRequest struct {
	All bool `json:"all,omitempty"`
	// Labels and NotLabels are NAME or NAME=VALUE.
	Labels    []string `json:"labels,omitempty"`
	NotLabels []string `json:"not_labels,omitempty"`
	// Until is a timestamp or a duration ("24h"): images made before then.
	Until string `json:"until,omitempty"`
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

// ImageTransferResult tells what it took.
type ImageTransferResult struct {
	Image  string `json:"image"`
	ID     string `json:"id"`     // on the other engine
	Bytes  int64  `json:"bytes"`  // sent to the other engine
	Layers int    `json:"layers"` // of the image
	Reused int    `json:"reused"` // of those: not sent, for the other engine had them
	// Present says that the other engine had the image: at most a name was added.
	Present bool `json:"present"`
}
