// Package build builds images by BuildKit inside a Docker Engine or by the engine's
// classic builder, from a context on this machine. It gets the way to the engine from
// its caller and imports no other package of the backends.
package build
