// Package rsync is rsync's protocol 31, for an rsync that runs on a host as "rsync --server".
//
// Run is the sending side. It sends the whole list of files first; the receiver asks
// for what differs, gets only the parts of big files that it lacks, and deletes.
// Receiver is the receiving side, for hostfiles.Batch: it gets the whole list first, and
// then the files that are wanted, or the parts of them that are not here.
//
// It knows nothing of SSH: a session works over any pair of streams. It imports core and
// hostfiles.
package rsync
