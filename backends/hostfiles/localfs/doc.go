// Package localfs is this machine's files as a hostfiles.FileSystem. A tree is opened
// once; everything in it is reached from folder to folder by file descriptors that
// follow no symlinks, so that nothing swapped in meanwhile leads out of it.
//
// It imports only core and hostfiles.
package localfs
