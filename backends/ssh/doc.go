// Package ssh reaches an engine over one multiplexed SSH connection: it hands a dialer
// to backends/engine, and an SFTP client to what needs files on the host. It knows
// what ssh knows (the config, known hosts, agents, jump hosts) and nothing of Docker's
// API but where its socket is.
package ssh
