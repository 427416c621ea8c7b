// Package core is what every backend and every binding shares: the DockerClient
// interface, its requests and results, the closed list of error kinds, target
// parsing and the explicit backend registry.
//
// It imports no backend, reads no environment variable (the caller passes an
// Environ) and starts goroutines only through core/guard.
package core
