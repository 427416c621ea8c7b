package bed

import "testing"

// Registry is an image registry that the host and every engine reach at the same address.
type Registry struct {
	Name     string `json:"-"`
	Address  string `json:"address"`  // HOST:PORT, the first part of an image's name
	URL      string `json:"url"`      // http://HOST:PORT, or https: for "registry-auth"
	Username string `json:"username"` // empty for the plain one
	Password string `json:"password"`
	CA       string `json:"ca"` // path of the certificate authority; the engines trust it already
}

// Registry returns one registry by name ("registry", "registry-auth").
func (s State) Registry(t testing.TB, name string) Registry {
	t.Helper()
	registry := part[Registry](t, s, name, "registry")
	registry.Name = name
	return registry
}
