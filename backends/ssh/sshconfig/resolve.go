package sshconfig

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// Resolve returns the effective settings of a destination.
func Resolve(ctx context.Context, req Request) (*Settings, error) {
	// Before ssh -G, which runs the commands of Match exec; old versions check nothing.
	if err := errors.Join(core.CheckSSHHost(req.Host), core.CheckSSHUser(req.User)); err != nil {
		return nil, core.Errorf(core.KindInvalidArgument, "%w", err)
	}
	var raw values
	var err error
	if ssh := lookPath(req.Environ, "ssh"); ssh != "" {
		raw, err = askOpenSSH(ctx, ssh, req)
	} else {
		raw, err = parseFiles(req)
	}
	if err != nil {
		return nil, err
	}
	return raw.settings(req)
}

// values are the settings as ssh -G prints them: lower-case names, one text for each line.
type values map[string][]string

func (v values) one(name string) string {
	if len(v[name]) == 0 {
		return ""
	}
	return v[name][0]
}

// lookPath finds a program on the caller's PATH, not this process's.
func lookPath(env core.Environ, name string) string {
	for _, dir := range filepath.SplitList(env.Get("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// passwdHome returns the home directory that ssh itself uses: it ignores HOME.
func passwdHome() string {
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
		return u.HomeDir
	}
	return ""
}

func home(env core.Environ) string {
	if h := env.Home(); h != "" {
		return h
	}
	return passwdHome()
}

func localUser(env core.Environ) string {
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
		return u.Username
	}
	return env.Get("USER")
}

// userConfig returns the config in the caller's HOME.
func userConfig(env core.Environ) string {
	return filepath.Join(home(env), ".ssh", "config")
}

const systemConfig = "/etc/ssh/ssh_config"

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func checkConfigFile(path string) error {
	if path == "" || path == "none" {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return core.Errorf(core.KindInvalidArgument, "the ssh config %s does not exist", path).With("path", path)
		}
		return core.Errorf(core.KindInvalidArgument, "the ssh config %s cannot be read: %w", path, err).With("path", path)
	}
	return nil
}

func isNone(s string) bool { return s == "" || strings.EqualFold(s, "none") }
