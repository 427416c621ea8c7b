// Package local reaches engines by unix socket, by TCP with TLS, and by docker's
// contexts, and finds the engine that the docker CLI would use. It hands package
// engine a dialer. The environment is the caller's, never this process's own.
package local
