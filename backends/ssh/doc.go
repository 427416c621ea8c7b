// Package ssh reaches an engine on a host over one SSH connection (sshconn): it hands
// backends/engine a dialer, and the host's files over SFTP and rsync.
//
// All it knows of Docker is how to find the engine where docker on the host would
// (DOCKER_HOST and contexts there, the usual sockets, "docker system dial-stdio" if sshd
// refuses forwarding) and one request of the API, the ping that proves an engine (ping.go).
// The rest of the API is backends/engine's.
package ssh
