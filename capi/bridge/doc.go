// Package bridge is what stands behind the C ABI: queues of frames, operations with
// credit and input, handles, and the table of methods. It has no C in it, so that it
// is tested and fuzzed as plain Go, and it knows nothing of Docker beyond core.
package bridge
