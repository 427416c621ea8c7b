// Package protocol is both ends of a small protocol that carries hostfiles.Tree from one
// process to another. Serve answers requests for the tree below one folder; a Client is
// that tree at the other end of a stream. The program in folder program runs Serve in a
// container that the engine backend starts with one folder of the engine's host
// mounted: that reaches the files there through the engine alone.
//
// A stream carries frames: the payload's length (u32, big-endian), a type (u8), the
// number of the call (u32), the payload. Both ends are always of one build: the protocol
// has no versions.
//
// It knows nothing of engines. It imports core, core/guard, hostfiles and, in the agent,
// hostfiles/localfs.
package protocol
