// Package cliopts reads the options of docker run, exec and build, as users write them,
// with docker's own parsers: from words and the caller's environment to what the Engine
// API takes. It knows of no connection; what only the engine can answer, such as whether
// its API is new enough for an option, is the caller's next step.
//
// It may import core and docker's libraries, never backends/engine.
package cliopts
