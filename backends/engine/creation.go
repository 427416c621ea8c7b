package engine

import (
	"maps"

	"github.com/google/uuid"
)

// LabelCreation marks what one call made: after a lost answer it is found by that, and after
// a cancelled call it is removed.
const LabelCreation = "ml-nexus-go.creation"

// markedLabels returns the caller's labels and a mark that is used once.
func markedLabels(labels map[string]string) (marked map[string]string, mark string) {
	marked, mark = maps.Clone(labels), uuid.NewString()
	if marked == nil {
		marked = map[string]string{}
	}
	marked[LabelCreation] = mark
	return marked, mark
}
