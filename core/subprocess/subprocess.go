// Package subprocess starts the programs of the user's SSH configuration and docker's settings.
package subprocess

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"time"
)

// Cmd is an exec.Cmd whose process starts with no signal blocked. Python loads the library
// with signals blocked, so that each is delivered to a thread of Python's, and a process
// inherits the mask of the thread that starts it: it would ignore SIGTERM, for example.
type Cmd struct{ *exec.Cmd }

// Command returns a Cmd whose process is killed when ctx ends.
func Command(ctx context.Context, name string, args ...string) *Cmd {
	return &Cmd{exec.CommandContext(ctx, name, args...)}
}

// Start starts the process.
func (c *Cmd) Start() error { return unblocked(c.Cmd.Start) }

// Run starts the process and waits for its end.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the process and returns what it printed on its standard output, which may be a
// secret. Its standard error is nobody's, unless Stderr is set.
func (c *Cmd) Output() ([]byte, error) {
	var out bytes.Buffer
	c.Stdout = &out
	err := c.Run()
	return out.Bytes(), err
}

// Shell runs a script by sh and returns what it printed and its exit code.
func Shell(ctx context.Context, environ []string, script []byte) (stdout, stderr []byte, code int, err error) {
	cmd := Command(ctx, "sh")
	var out, problems bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environ, bytes.NewReader(script), &out, &problems
	cmd.WaitDelay = time.Second // a child of its own may hold the pipes
	var exit *exec.ExitError
	if err = cmd.Run(); errors.As(err, &exit) {
		err = nil
	}
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	return out.Bytes(), problems.Bytes(), code, err
}
