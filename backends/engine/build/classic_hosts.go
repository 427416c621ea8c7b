package build

import "strings"

// colonHost returns host:ip, the classic builder's form.
func colonHost(entry string) string {
	host, address, _ := strings.Cut(entry, "=")
	return host + ":" + address
}
