package protect

import (
	"path"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// CleanPath checks and cleans the path of a source on the host or of a destination. It refuses the empty path, "~", a
// relative path, and one whose ".." climbs out of the first folder it names.
func CleanPath(asked string) (string, error) {
	switch {
	case asked == "":
		return "", Refuse(asked, "the path is empty")
	case strings.ContainsRune(asked, 0):
		return "", Refuse(asked, "the path has a NUL byte")
	case strings.HasPrefix(asked, "~"):
		return "", Refuse(asked, "~ is not expanded: give the absolute path")
	case !strings.HasPrefix(asked, "/"):
		return "", Refuse(asked, "the path must be absolute")
	}
	depth := 0
	for part := range strings.SplitSeq(asked, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth <= 0 {
				return "", Refuse(asked, "its \"..\" leaves the folder that it begins with")
			}
		default:
			depth++
		}
	}
	return path.Clean(asked), nil
}

// CheckSync is CleanPath for the destination of a sync: it also refuses system folders and
// home folders. For deletions there, see Reason.
func CheckSync(asked string) (string, error) {
	cleaned, err := CleanPath(asked)
	if err != nil {
		return "", err
	}
	return cleaned, checkSystem(asked, cleaned)
}

func checkSystem(asked, cleaned string) error {
	parts := strings.Split(strings.TrimPrefix(cleaned, "/"), "/")
	first := parts[0]
	switch {
	case first == "":
		return Refuse(asked, "it is the root of the file system")
	case len(parts) == 1 && slices.Contains(systemFolders, first):
		return Refuse(asked, "it is a folder of the system")
	case slices.Contains(untouchable, first) && !strings.HasPrefix(cleaned, "/dev/shm/"):
		return Refuse(asked, "it belongs to the kernel")
	case len(parts) == 2 && slices.Contains(homes, first):
		return Refuse(asked, "it may be somebody's home folder")
	case len(parts) == 2 && slices.Contains(ownedByPackages, first):
		return Refuse(asked, "it is a folder of the system")
	}
	return nil
}

var (
	systemFolders = []string{
		"Applications", "Library", "Network", "System", "Users", "Volumes", "bin", "boot", "dev", "efi", "etc", "home",
		"lib", "lib32", "lib64", "libx32", "lost+found", "media", "mnt", "opt", "private", "proc", "root", "run", "sbin",
		"snap", "srv", "sys", "tmp", "usr", "var",
	}
	untouchable     = []string{"dev", "proc", "sys"}
	homes           = []string{"home", "Users"}
	ownedByPackages = []string{"System", "boot", "etc", "private", "usr", "var"}
)

// RefuseDeletion is Refuse for a deletion that the caller may insist on.
func RefuseDeletion(asked, resolved, why string) error {
	if asked != resolved {
		why = "it leads to " + resolved + ", and " + why
	}
	return Refuse(asked, why+"; pass allow_system_paths=True to delete there all the same")
}

// Refuse returns the error for a refused path.
func Refuse(asked, why string) error {
	return core.Errorf(core.KindInvalidArgument, "%q is refused: %s", asked, why).With("path", asked)
}
