package sshconfig

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kevinburke/ssh_config"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// parseFiles reads the config with a library, for machines without ssh. What the
// library cannot evaluate (Match exec, Match user and the like) is an error that
// names it: silently ignoring a setting could connect to the wrong machine.
func parseFiles(req Request) (values, error) {
	files := []string{userConfig(req.Environ), systemConfig}
	if req.ConfigFile != "" {
		if err := checkConfigFile(req.ConfigFile); err != nil {
			return nil, err
		}
		files = []string{req.ConfigFile}
	}
	v := values{}
	if req.Port != "" {
		v["port"] = []string{req.Port}
	}
	if req.User != "" {
		v["user"] = []string{req.User}
	}
	for _, file := range files {
		if file == "none" || !exists(file) {
			continue
		}
		if err := v.readFile(file, req); err != nil {
			return nil, err
		}
	}
	return v, v.refuseBeyondLibrary(files, req)
}

func (v values) readFile(file string, req Request) error {
	text, err := bounded.ReadFile(file, bounded.Limit)
	if err != nil {
		return core.Errorf(core.KindInvalidArgument, "the ssh config %s cannot be read: %w", file, err).With("path", file)
	}
	config, err := ssh_config.DecodeBytes(absoluteIncludes(text, file, home(req.Environ)))
	if err != nil {
		return core.Errorf(core.KindInvalidArgument,
			"the ssh config %s can only be read by OpenSSH (%s): install openssh-client, or remove that directive", file, err).With("path", file)
	}
	for _, name := range known {
		all, err := config.GetAll(req.Host, name)
		if err != nil {
			return core.Errorf(core.KindInvalidArgument, "the ssh config %s: %w", file, err).With("path", file)
		}
		if len(all) == 0 {
			continue
		}
		if accumulates[name] {
			for _, one := range all {
				if !slices.Contains(v[name], one) {
					v[name] = append(v[name], one)
				}
			}
		} else if len(v[name]) == 0 {
			v[name] = all[:1] // the first value wins
		}
	}
	return nil
}

// absoluteIncludes makes the paths of Include absolute, because the library uses its own
// process's home for ~ and for relative paths.
func absoluteIncludes(text []byte, file, home string) []byte {
	base := filepath.Join(home, ".ssh")
	if strings.HasPrefix(filepath.Clean(file), "/etc/ssh") {
		base = "/etc/ssh"
	}
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		fields := strings.Fields(strings.Replace(string(line), "=", " ", 1))
		if len(fields) < 2 || !strings.EqualFold(fields[0], "Include") {
			continue
		}
		for j, path := range fields[1:] {
			path = strings.Trim(path, `"`)
			if rest, ok := strings.CutPrefix(path, "~/"); ok {
				path = filepath.Join(home, rest)
			} else if !filepath.IsAbs(path) {
				path = filepath.Join(base, path)
			}
			fields[j+1] = path
		}
		lines[i] = []byte(strings.Join(fields, " "))
	}
	return bytes.Join(lines, []byte("\n"))
}

var accumulates = map[string]bool{"identityfile": true, "certificatefile": true}

// known are the settings this package reads, as ssh -G names them.
var known = []string{
	"hostname", "port", "user", "identityfile", "identitiesonly", "identityagent", "certificatefile",
	"pubkeyauthentication", "pkcs11provider", "userknownhostsfile", "globalknownhostsfile", "stricthostkeychecking",
	"hostkeyalias", "hashknownhosts", "revokedhostkeys", "nohostauthenticationforlocalhost", "hostkeyalgorithms",
	"casignaturealgorithms", "pubkeyacceptedalgorithms", "kexalgorithms", "ciphers", "macs", "proxyjump",
	"proxycommand", "connecttimeout", "serveraliveinterval", "serveralivecountmax", "addressfamily", "bindaddress",
	"knownhostscommand", "proxyusefdpass", "canonicalizehostname", "bindinterface",
}
