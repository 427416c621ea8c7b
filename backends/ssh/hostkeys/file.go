// Package hostkeys checks the keys of SSH hosts against known_hosts files, reports
// precisely what does not match (file and line), and adds keys as ssh does.
package hostkeys

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// entry is one line of a known_hosts file.
type entry struct {
	marker string // "", cert-authority, revoked
	hosts  []string
	key    ssh.PublicKey
	file   string
	line   int
}

// readFiles reads the entries of all files. As in ssh, a missing file has none, and an
// invalid line is ignored.
func readFiles(files []string) ([]entry, error) {
	var all []entry
	for _, file := range files {
		text, err := bounded.ReadFile(file, bounded.Limit)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, core.Errorf(core.KindInvalidArgument, "the known hosts in %s cannot be read: %w", file, err).With("path", file)
		}
		all = append(all, parse(text, file)...)
	}
	return all, nil
}

func parse(text []byte, file string) []entry {
	var entries []entry
	line := 0
	for raw := range bytes.Lines(text) {
		line++
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || raw[0] == '#' {
			continue
		}
		marker, hosts, key, _, _, err := ssh.ParseKnownHosts(raw)
		if err != nil {
			continue
		}
		entries = append(entries, entry{marker: marker, hosts: hosts, key: key, file: file, line: line})
	}
	return entries
}

// readRevoked reads RevokedHostKeys: one public key on each line. A binary revocation
// list is refused, because ignoring it would accept what it revokes.
func readRevoked(file string) ([]entry, error) {
	if file == "" {
		return nil, nil
	}
	text, err := bounded.ReadFile(file, bounded.Limit)
	if err != nil {
		// ssh refuses every key then.
		return nil, core.Errorf(core.KindInvalidArgument, "RevokedHostKeys %s cannot be read: %w", file, err).With("path", file)
	}
	if bytes.HasPrefix(text, []byte("SSHKRL\n")) {
		return nil, core.Errorf(core.KindInvalidArgument,
			"RevokedHostKeys %s is a binary key revocation list, which is not supported: use a list of public keys", file).With("path", file)
	}
	var entries []entry
	line := 0
	for raw := range strings.Lines(string(text)) {
		line++
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(raw)))
		if err == nil {
			entries = append(entries, entry{marker: "revoked", key: key, file: file, line: line})
		}
	}
	return entries, nil
}
