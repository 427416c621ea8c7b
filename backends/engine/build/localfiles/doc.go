// Package localfiles is the files of this machine as builders may read and write them: folders
// that are watched for trouble, files that change while they are sent, and outputs. It
// imports core.
package localfiles
