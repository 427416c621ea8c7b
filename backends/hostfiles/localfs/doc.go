// Package localfs is this machine's files as a hostfiles.FileSystem. A tree is opened
// once; everything in it is reached from folder to folder by file descriptors that
// follow no symlink, so that nothing swapped in meanwhile leads out of it.
//
// It imports core and hostfiles only.
package localfs
