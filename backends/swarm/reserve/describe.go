package reserve

import "github.com/proboscis/ml_nexus_go/backends/engine"

// Described returns what the labels of a reservation say: the container's name, and the host of the
// program that asked for it; "" where they do not.
func Described(labels map[string]string) (name, host string) {
	return labels[labelName], labels[engine.LabelHost]
}
