// Package sftpfs is a remote host's files over SFTP as a hostfiles.FileSystem: the way that
// always works. SFTP has no file numbers, keeps whole seconds, and cannot set the times
// of symlinks.
package sftpfs
