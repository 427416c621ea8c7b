package ssh

import (
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
)

// Host is a machine at the other end of an SSH connection: its engine and its files.
type Host struct {
	*sshconn.Connection
	opts sshconn.Options

	usual  string // the socket of the engine where nothing on the host names another
	route  router
	sftp   *sshconn.Idle[*sftpClient]
	shells *sshconn.Shells
}

// New makes a Host without using the network. The target's Path is the engine's socket on
// the host; "" means where docker would look there.
func New(opts sshconn.Options) *Host {
	conn := sshconn.New(opts)
	return &Host{
		Connection: conn, opts: conn.Options(), usual: defaultSocket,
		route:  router{search: attempt.New(conn.Context(), closeFirst)},
		sftp:   sshconn.NewIdle[*sftpClient](conn, idleSFTP),
		shells: sshconn.NewShells(conn),
	}
}

// optionsOf returns the part of a request that a connection needs.
func optionsOf(target core.Target, req core.OpenRequest) sshconn.Options {
	return sshconn.Options{
		Target:           target,
		Environ:          req.Environ,
		SSH:              req.SSH,
		ConnectTimeout:   seconds(req.ConnectTimeoutSeconds),
		ReconnectTimeout: seconds(req.ReconnectTimeoutSeconds),
		Warn:             req.Warn,
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
