package hostfiles

import "strings"

// CompareAsRsync orders entries as rsync does: in each folder, first what is not a folder,
// then the folders, each with its content. The root comes first.
func CompareAsRsync(a, b Entry) int {
	if a.Path == "" || b.Path == "" {
		return len(a.Path) - len(b.Path)
	}
	pa, pb := a.Path, b.Path
	for {
		na, ra, moreA := strings.Cut(pa, "/")
		nb, rb, moreB := strings.Cut(pb, "/")
		folderA, folderB := moreA || a.Type == Folder, moreB || b.Type == Folder
		switch {
		case folderA != folderB && folderB:
			return -1
		case folderA != folderB:
			return 1
		case na != nb:
			return compareNames(na, nb, folderA)
		case !moreA || !moreB: // one is the other's folder
			return len(pa) - len(pb)
		}
		pa, pb = ra, rb
	}
}

// compareNames compares folders with a slash at their end.
func compareNames(a, b string, folders bool) int {
	if !folders {
		return strings.Compare(a, b)
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	next := func(s string) int {
		if n < len(s) {
			return int(s[n])
		}
		return '/'
	}
	return next(a) - next(b)
}
