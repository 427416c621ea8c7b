// Package hostfiles is what every way to the files on a host shares: which paths are
// refused, rsync's filter rules, the scan of a tree, the plan (what differs and must
// be sent, made, linked or deleted), and carrying it out with temporary names and
// renames, progress and a report. A way to a host is a FileSystem; New makes
// core.HostFiles of it. A way that reaches its host by bulk only (an archive through
// the engine) uses Protected, ParseRules, Scan, MakePlan, Issues and Meter itself.
//
// It imports core only.
package hostfiles
