// Package build builds images with BuildKit inside a Docker Engine or with the engine's
// classic builder, from a context on this machine. Its caller gives it a dialer to the
// engine; it imports no other package of the backends.
package build
