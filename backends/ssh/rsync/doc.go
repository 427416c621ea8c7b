// Package rsync is the sending side of rsync's protocol 31, for a receiver that runs on
// a host as "rsync --server". It sends the whole list of files first; the receiver asks
// for what differs, gets only the parts of big files that it lacks, and deletes.
//
// It knows nothing of SSH: a session works over any pair of streams.
package rsync
