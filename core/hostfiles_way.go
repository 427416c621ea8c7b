package core

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
