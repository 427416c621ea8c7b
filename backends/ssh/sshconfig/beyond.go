package sshconfig

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// refuseBeyondLibrary names what the library would silently read differently than ssh.
func (v values) refuseBeyondLibrary(files []string, req Request) error {
	refuse := func(what string) error {
		return core.Errorf(core.KindInvalidArgument, "the ssh config can only be read by OpenSSH (%s): install openssh-client, or remove that for %s", what, req.Host)
	}
	if v.one("proxyjump") != "" && v.one("proxycommand") != "" {
		return refuse("ProxyJump and ProxyCommand, of which the first counts")
	}
	renamed := v.one("hostname") != "" && v.one("hostname") != req.Host
	for _, host := range matchHosts(files, home(req.Environ), 0) {
		switch {
		case strings.ContainsAny(host, ",!"):
			return refuse("Match host " + host + ", a list")
		case renamed:
			return refuse("Match host " + host + ", which looks at HostName")
		}
	}
	return nil
}

// maxIncludes is ssh's own bound on the depth of Include.
const maxIncludes = 16

// matchHosts returns the patterns of every Match host in the files and their includes.
func matchHosts(files []string, home string, depth int) (hosts []string) {
	if depth > maxIncludes {
		return nil
	}
	for _, file := range files {
		text, err := bounded.ReadFile(file, bounded.Limit)
		if err != nil {
			continue // a missing file has no settings
		}
		for line := range bytes.Lines(absoluteIncludes(text, file, home)) {
			fields := strings.Fields(strings.ToLower(strings.Replace(string(line), "=", " ", 1)))
			if len(fields) < 2 {
				continue
			}
			switch fields[0] {
			case "include":
				for _, pattern := range strings.Fields(string(line))[1:] {
					found, _ := filepath.Glob(pattern)
					hosts = append(hosts, matchHosts(found, home, depth+1)...)
				}
			case "match":
				if i := slices.Index(fields, "host"); i >= 0 && i+1 < len(fields) {
					hosts = append(hosts, fields[i+1])
				}
			}
		}
	}
	return hosts
}
