// Package engine implements core.DockerClient over the Docker Engine API. It gets a
// dialer and does not know how the connection is made. Run and exec options are
// parsed by docker/cli's own commands, so they mean what they mean to docker.
package engine
