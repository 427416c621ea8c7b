// Package streams moves what processes read and write between an engine's connections and
// the caller: pumping, telling stdout from stderr, terminals, and the exact position from
// which an output goes on in the log after a lost connection. It imports core and session.
package streams
