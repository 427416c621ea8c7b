package sshconn

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/core/subprocess"
)

// commandConn is a ProxyCommand as a connection: one end of a socket pair is ours, the
// other is its standard input and output.
type commandConn struct {
	net.Conn
	cmd    *subprocess.Cmd
	said   tail
	once   sync.Once
	exited chan struct{}
}

func dialCommand(s *sshconfig.Settings, env core.Environ) (net.Conn, error) {
	failed := func(err error) error {
		return core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: its ProxyCommand does not start: %w", s.Alias, err)
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, failed(err)
	}
	syscall.CloseOnExec(pair[0])
	syscall.CloseOnExec(pair[1])
	ours, theirs := os.NewFile(uintptr(pair[0]), "proxy"), os.NewFile(uintptr(pair[1]), "proxy")
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	_ = ours.Close()
	if err != nil {
		return nil, failed(err)
	}
	shell := env.Get("SHELL")
	if shell == "" {
		shell = "/bin/sh"
	}
	c := &commandConn{Conn: conn, cmd: subprocess.Command(context.Background(), shell, "-c", "exec "+s.ProxyCommand), exited: make(chan struct{})}
	c.cmd.Env = env.List()
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = theirs, theirs, &c.said
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is ours to handle
	if err := c.cmd.Start(); err != nil {
		_ = conn.Close()
		return nil, failed(err)
	}
	guard.Go(func() {
		defer close(c.exited)
		_ = c.cmd.Wait()
	}, nil)
	return c, nil
}

// Close ends the command and its children.
func (c *commandConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		if !isClosed(c.exited) {
			_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGTERM)
		}
	})
	return err
}

// explain adds what the command itself printed, after it has had time to do so.
func (c *commandConn) explain(said string) string {
	select {
	case <-c.exited:
	case <-time.After(commandSays):
	}
	if text := c.said.String(); text != "" {
		return said + " (its ProxyCommand said: " + text + ")"
	}
	return said + " (through its ProxyCommand)"
}
