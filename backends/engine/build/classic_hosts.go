package build

import "strings"

// colonHost is host:ip, as the classic builder takes it.
func colonHost(entry string) string {
	host, address, _ := strings.Cut(entry, "=")
	return host + ":" + address
}
