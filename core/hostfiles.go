package core

import "context"

// HostFiles are the files on the machine whose paths docker run -v names, however
// that machine is reached. Paths on the host are absolute. Methods may run
// concurrently; when a context ends, no file is half-written under its
// final name and no temporary file stays.
type HostFiles interface {
	// Upload copies a local file or the content of a local folder to the host.
	Upload(ctx context.Context, req UploadRequest, progress func(Progress)) (HostCopyResult, error)
	// Download copies a file or the content of a folder from the host.
	Download(ctx context.Context, req DownloadRequest, progress func(Progress)) (HostCopyResult, error)
	// Delete removes a file, or a folder with everything in it. A path that does not
	// exist is fine; a dangerous path is refused with InvalidArgument.
	Delete(ctx context.Context, req HostDeleteRequest) (HostDeleteResult, error)
	// Mkdir makes a folder and its parents; an existing folder is fine.
	Mkdir(ctx context.Context, req HostMkdirRequest) error
	// Sync makes a folder (or file) on the host equal to a local one, as rsync -aH does.
	Sync(ctx context.Context, req SyncRequest, progress func(Progress)) (SyncReport, error)
	// SyncFrom makes a local folder (or file) equal to one on the host, by the same rules:
	// of the request, Source is on the host, and Destination with its protection is local.
	SyncFrom(ctx context.Context, req SyncRequest, progress func(Progress)) (SyncReport, error)
}

// ContainerSync makes local folders equal to those of containers.
type ContainerSync interface {
	// SyncFromContainer is HostFiles.SyncFrom for the files of a container.
	SyncFromContainer(ctx context.Context, req SyncFromContainerRequest, progress func(Progress)) (SyncReport, error)
}

// HostFilesWay says how to reach files on the engine's host. Its values are those of
// OpenRequest.HostFiles.
type HostFilesWay string

// The ways to files on the host.
const (
	HostFilesByConnection HostFilesWay = "auto"   // as the connection to the engine suggests
	HostFilesHere         HostFilesWay = "local"  // they are this machine's
	HostFilesByEngine     HostFilesWay = "engine" // through the engine alone
)

// ParseHostFilesWay reads OpenRequest.HostFiles; "" is "auto".
func ParseHostFilesWay(text string) (HostFilesWay, error) {
	switch way := HostFilesWay(text); way {
	case "":
		return HostFilesByConnection, nil
	case HostFilesByConnection, HostFilesHere, HostFilesByEngine:
		return way, nil
	}
	return "", Errorf(KindInvalidArgument, "host_files is %q, and must be auto, local or engine", text)
}
