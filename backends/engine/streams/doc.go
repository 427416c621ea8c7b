// Package streams moves what processes read and write between an engine's connections and
// the caller: pumping, demultiplexing stdout and stderr, terminals, and the exact position
// from which an output continues in the log after a lost connection. It imports core and
// session.
package streams
