// Package protocol is both ends of a small protocol that takes hostfiles.Tree from one
// process to another. Serve answers requests for the tree below one folder; a Client is
// that tree at the other end of a stream. The program in folder program runs Serve in a
// container that the engine backend starts with one folder of the engine's host
// mounted: so the files there are reached where there is nothing but the engine.
//
// A stream carries frames: the payload's length (u32, big-endian), a type (u8), the
// number of the call (u32), the payload. Both ends are always of one build: the protocol
// has no versions.
//
// It knows nothing of engines. It imports core, core/guard, hostfiles and, in the agent,
// hostfiles/localfs.
package protocol
