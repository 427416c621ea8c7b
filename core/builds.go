package core

import "context"

// ImageBuilder builds images from a context on this machine.
type ImageBuilder interface {
	// ImageBuild builds with BuildKit inside the engine, or with its classic builder. When
	// ctx ends first, the build stops on the engine. Its events are those of this file.
	ImageBuild(ctx context.Context, req BuildRequest, s Streams) (BuildResult, error)
}

// The values of BuildRequest.Builder.
const (
	BuilderBuildKit = "buildkit"
	BuilderClassic  = "classic"
)

// BuildRequest is docker buildx build. Options are its words, separate or joined.
type BuildRequest struct {
	Context string `json:"context"` // local, absolute
	// Tag is the image's first name; "" if only the options name it, or nothing does.
	Tag     string   `json:"tag"`
	Options []string `json:"options"`
	// Dockerfile is the text of a Dockerfile; nil means that it is read from a file.
	Dockerfile *string `json:"dockerfile,omitempty"`
	// Builder is "" for what docker would choose: DOCKER_BUILDKIT, then the engine's setting.
	Builder string `json:"builder,omitempty"`
	// Progress asks for events, Plain for the log's lines as they come.
	Progress bool `json:"progress,omitempty"`
	Plain    bool `json:"plain,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ        EnvironChanges `json:"environ,omitempty"`
	TimeoutSeconds float64        `json:"timeout,omitempty"`
}

// BuildResult is what a build made.
type BuildResult struct {
	Tags []string `json:"tags"` // as they were given
	// ImageID is the image's ID in the engine; "" if nothing was stored.
	ImageID string `json:"image_id"`
	// Log is the build's output as docker prints it without a terminal.
	Log string `json:"log"`
	// Steps counts the Dockerfile's steps that were needed, without FROM.
	Steps       int      `json:"steps"`
	CachedSteps int      `json:"cached_steps"`
	Warnings    []string `json:"warnings"`
	Seconds     float64  `json:"seconds"`
}

// The states of a BuildVertexEvent.
const (
	BuildStarted = "started"
	BuildCached  = "cached"
	BuildDone    = "done"
	BuildFailed  = "failed"
)

// BuildVertexEvent reports that a step began or ended.
type BuildVertexEvent struct {
	Event  string `json:"event"`  // "vertex"
	Vertex string `json:"vertex"` // its digest
	Number int    `json:"number"` // as in the log: #Number
	Name   string `json:"name"`
	State  string `json:"state"`
	Error  string `json:"error,omitempty"`
	// Seconds is how long the step took, when it has ended.
	Seconds float64 `json:"seconds"`
}

// BuildLogEvent is a step's output, whole lines or parts of lines.
type BuildLogEvent struct {
	Event  string `json:"event"` // "log"
	Vertex string `json:"vertex"`
	Number int    `json:"number"`
	Stream int    `json:"stream"` // 1 stdout, 2 stderr
	Text   string `json:"text"`
}

// BuildStatusEvent reports how far a transfer of a step is. Total is 0 where unknown.
type BuildStatusEvent struct {
	Event   string `json:"event"` // "status"
	Vertex  string `json:"vertex"`
	Number  int    `json:"number"`
	Name    string `json:"name"`    // what is transferred
	Current int64  `json:"current"` // bytes
	Total   int64  `json:"total"`   // bytes
	Done    bool   `json:"done"`
}

// BuildPlainEvent is a piece of the log, whole lines.
type BuildPlainEvent struct {
	Event string `json:"event"` // "plain"
	Text  string `json:"text"`
}

// BuildDisplayEvent says which display the options ask for (--progress); it comes first.
type BuildDisplayEvent struct {
	Event string `json:"event"` // "display"
	Mode  string `json:"mode"`  // "auto", "tty", "plain"
}
