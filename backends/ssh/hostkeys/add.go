package hostkeys

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// add appends the host's key to a file, unless another process has done so meanwhile. The line is written by one write under a lock on the file itself, so that
// neither another client nor ssh, which appends as well, can come in between. others
// are the keys that somebody else has added for this host since Load.
func (c *Checker) add(path string, key ssh.PublicKey) (added bool, others []entry, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return false, nil, err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return false, nil, err
	}
	text, err := bounded.ReadAll(f, path, bounded.Limit)
	if err != nil {
		return false, nil, err
	}
	for _, e := range parse(text, path) {
		if e.marker != "" || !e.matches(c.name()) {
			continue
		}
		if equal(e.key, key) {
			return false, nil, nil
		}
		others = append(others, e)
	}
	if len(others) > 0 {
		return false, others, nil
	}
	line := c.line(key)
	if c.Hash {
		line = knownhosts.HashHostname(c.name()) + strings.TrimPrefix(line, c.name())
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		line = "\n" + line
	}
	_, err = f.WriteString(line + "\n")
	return err == nil, nil, err
}
