package filterargs

import (
	"net/url"

	"github.com/docker/docker/api/types/filters"
)

// ListPath is the path of a list, with its filters and switches.
func ListPath(path string, wanted filters.Args, switches map[string]bool) (string, error) {
	query := url.Values{}
	encoded, err := filters.ToJSON(wanted)
	if encoded != "" {
		query.Set("filters", encoded)
	}
	for name, on := range switches {
		if on {
			query.Set(name, "1")
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, err
}

// Request is the path of a list, with filters if all are among the known ones.
func Request(path string, given map[string][]string, known []string, switches map[string]bool) (string, error) {
	wanted, err := Checked(given, known...)
	if err != nil {
		return "", err
	}
	return ListPath(path, wanted, switches)
}
