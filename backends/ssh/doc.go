// Package ssh reaches an engine on a host over one SSH connection (sshconn): it hands a
// dialer to backends/engine, and the host's files over SFTP and rsync.
//
// Of Docker it knows how to find the engine where docker on the host would: DOCKER_HOST and
// contexts there, the usual sockets, "docker system dial-stdio" where sshd forwards to no
// socket; and one request of the API, the ping that proves an engine (ping.go). The rest of
// the API is backends/engine's.
package ssh
