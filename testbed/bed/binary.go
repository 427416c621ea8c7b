package bed

import "testing"

// Binary returns the path of a program the testbed built ("docker-cli").
func (s State) Binary(t testing.TB, name string) string {
	t.Helper()
	return part[struct {
		Path string `json:"path"`
	}](t, s, name, "binary").Path
}

// Toxiproxy returns the base URL of toxiproxy's HTTP API.
func (s State) Toxiproxy(t testing.TB) string {
	t.Helper()
	return part[struct {
		API string `json:"api"`
	}](t, s, "toxiproxy", "toxiproxy").API
}
