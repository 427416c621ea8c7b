// Package bridge implements the C ABI: queues of frames, operations with
// credit and input, handles, and the table of methods. It contains no C, so that it
// can be tested and fuzzed as plain Go, and it knows nothing of Docker beyond core.
package bridge
