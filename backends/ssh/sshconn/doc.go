// Package sshconn is one SSH connection to one host, established on first use and
// re-established after it has dropped: login through jump hosts and proxy commands, streams
// to sockets, sessions shared by callers, commands. What runs or listens at the other end is
// its callers' business: it knows nothing of Docker. It imports core and, from backends/ssh,
// hostkeys, identity, loginshell and sshconfig.
package sshconn
