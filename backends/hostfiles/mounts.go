package hostfiles

import (
	"strconv"
	"strings"
)

// ParseMounts gives the mount points that /proc/self/mountinfo lists.
func ParseMounts(mountinfo []byte) []string {
	var mounts []string
	for line := range strings.Lines(string(mountinfo)) {
		if fields := strings.Fields(line); len(fields) > 4 {
			mounts = append(mounts, unescapeMount(fields[4]))
		}
	}
	return mounts
}

// unescapeMount undoes \040 and the like.
func unescapeMount(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
