package build

import (
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// registries are those that the Dockerfile's FROM lines name: their logins go along
// with the request, as the classic builder cannot ask for them.
func (c *source) registries() []string {
	var names []string
	for _, line := range strings.Split(string(c.text), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || !strings.EqualFold(words[0], "FROM") {
			continue
		}
		for _, word := range words[1:] {
			if strings.HasPrefix(word, "--") {
				continue
			}
			if ref, err := reference.ParseNormalizedNamed(word); err == nil && !slices.Contains(names, reference.Domain(ref)) {
				names = append(names, reference.Domain(ref))
			}
			break
		}
	}
	return names
}

// colonHost is host:ip, as the classic builder takes it.
func colonHost(entry string) string {
	host, address, _ := strings.Cut(entry, "=")
	return host + ":" + address
}
