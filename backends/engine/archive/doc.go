// Package archive turns a local tree into a tar stream and a tar stream into a local
// tree. It knows nothing of engines. It reads folders and small files ahead of the
// stream, and lets the stream's reader read large files; extracting never leaves the
// destination, whatever the archive says. Its errors are *core.Error. It imports only core.
package archive

// Totals counts what an archive contains.
type Totals struct {
	Bytes int64 // of content of regular files
	Files int64 // regular files; further names of one file are not counted
}
