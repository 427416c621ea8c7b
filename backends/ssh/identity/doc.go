// Package identity has the keys and certificates that an SSH login offers: from files, with
// or without a passphrase, and from an agent. It imports core and backends/ssh/sshconfig.
package identity
