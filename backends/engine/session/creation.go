package session

import (
	"maps"

	"github.com/docker/docker/api/types/filters"
	"github.com/google/uuid"
)

// LabelCreation marks what one call made: after a lost answer it is found by that, and after
// a cancelled call it is removed.
const LabelCreation = "ml-nexus-go.creation"

// MarkedLabels returns the caller's labels and a mark that is used once.
func MarkedLabels(labels map[string]string) (marked map[string]string, mark string) {
	marked, mark = maps.Clone(labels), uuid.NewString()
	if marked == nil {
		marked = map[string]string{}
	}
	marked[LabelCreation] = mark
	return marked, mark
}

// WithMark is the filter that finds what one call made.
func WithMark(mark string) filters.Args {
	return filters.NewArgs(filters.Arg("label", LabelCreation+"="+mark))
}
