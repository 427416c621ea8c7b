package protect

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// ParseMounts returns the mount points that /proc/self/mountinfo lists.
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

// ParseContainerd returns the roots of the containerds whose containers' file systems are
// mounted, as far as /proc/self/mountinfo shows them.
func ParseContainerd(mountinfo []byte) []string {
	var roots []string
	for line := range strings.Lines(string(mountinfo)) {
		before, _, found := strings.Cut(line, "/"+containerdPlugin)
		if !found {
			continue
		}
		before = before[strings.LastIndexAny(before, " =:,")+1:]
		if root := unescapeMount(before); strings.HasPrefix(root, "/") && !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots
}

// MaxPasswd bounds the list of users that is read, in bytes.
const MaxPasswd = 1 << 20

// ParseHomes returns the home folders in text of the form of /etc/passwd.
func ParseHomes(passwd []byte) []string {
	const fieldHome = 5
	var homes []string
	for line := range strings.Lines(string(passwd)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) <= fieldHome || !strings.HasPrefix(fields[fieldHome], "/") {
			continue
		}
		if home := path.Clean(fields[fieldHome]); home != "/" {
			homes = append(homes, home)
		}
	}
	slices.Sort(homes)
	return slices.Compact(homes)
}
