// Package hostfs is the file system of an engine's host, through the engine alone: an agent in
// a helper container reads and writes one folder of the host, and the engine's archive
// endpoints move large files.
//
// It imports core, core's packages, hostfiles, and of the engine's rooms the session, the agent
// and archive.
package hostfs
