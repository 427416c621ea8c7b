// Package archive turns a local tree into a tar stream and a tar stream into a local
// tree. It knows nothing of engines. Folders and small files are read ahead of the
// stream, large files by who takes it; extracting never leaves the destination, whatever
// the archive says. Its errors are *core.Error. It imports core only.
package archive

// Totals counts what an archive holds.
type Totals struct {
	Bytes int64 // of content of regular files
	Files int64 // regular files; further names of one file are not counted
}
