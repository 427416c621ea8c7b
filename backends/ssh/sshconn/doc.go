// Package sshconn is one SSH connection to one host, made on first use and again after it
// has dropped: login through jump hosts and proxy commands, streams to sockets, sessions
// shared out to callers, commands. What runs or listens at the other end is its callers'
// business: it knows nothing of Docker. It imports core and, of backends/ssh, hostkeys,
// identity, loginshell and sshconfig.
package sshconn
