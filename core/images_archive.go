package core

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
