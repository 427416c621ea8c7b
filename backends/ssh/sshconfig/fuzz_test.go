package sshconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// FuzzConfig: whatever a config file has, it is read or refused.
func FuzzConfig(f *testing.F) {
	for _, text := range []string{
		"Host gpu7\n HostName 10.0.0.7\n Port 2222\n IdentityFile ~/.ssh/%h\n", "Match host gpu7 exec \"x\"\nUser %%%\n",
		"Include x\nHost *\n ProxyJump a,b\n ProxyCommand nc %h %p\n", "Host=\"x y\"\nUserKnownHostsFile \"a b\" c\n", "KexAlgorithms +\nCiphers ^,-\nMACs -*\n",
	} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Contains(strings.ToLower(string(text)), "include") {
			return // it reads other files
		}
		path := filepath.Join(dir, "config")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		req := Request{Host: "gpu7", ConfigFile: path, Environ: core.Environ{"HOME": dir}}
		if v, err := parseFiles(req); err == nil {
			checkSettings(t, v, req)
		}
	})
}

// FuzzDump: whatever ssh -G prints, settings come of it or an error.
func FuzzDump(f *testing.F) {
	f.Add("hostname 10.0.0.7\nport 2222\nidentityfile ~/.ssh/id\nuserknownhostsfile /a b /c\n")
	f.Add("kexalgorithms +\nciphers ^\nserveralivecountmax x\nconnecttimeout 9999999999999999999w\n")
	f.Add("identityagent $\nproxycommand %\nhostname %h%\nrevokedhostkeys ${}\n")
	f.Fuzz(func(t *testing.T, text string) {
		checkSettings(t, parseDump(text), Request{Host: "gpu7", Environ: core.Environ{"HOME": "/home/ml"}})
	})
}

func checkSettings(t *testing.T, v values, req Request) {
	t.Helper()
	s, err := v.settings(req)
	if err != nil && core.KindOf(err) != core.KindInvalidArgument {
		t.Errorf("%v", err)
	}
	if err == nil && (s.Alias != "gpu7" || s.StrictHostKeyChecking == "") {
		t.Errorf("%+v", s)
	}
}

// TestEndlessConfig: neither a file nor a program without an end fills the memory.
func TestEndlessConfig(t *testing.T) {
	dir := t.TempDir()
	config, program := filepath.Join(dir, "config"), filepath.Join(dir, "ssh")
	write(t, config, "")
	write(t, program, "#!/bin/sh\nexec cat /dev/zero\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(config, bounded.Limit+1); err != nil {
		t.Fatal(err)
	}
	req := Request{Host: "gpu7", ConfigFile: config, Environ: core.Environ{"HOME": dir}}
	if _, err := parseFiles(req); err == nil || !strings.Contains(err.Error(), "64 MiB") {
		t.Error(err)
	}
	req.Environ["PATH"] = os.Getenv("PATH")
	if _, err := askOpenSSH(t.Context(), program, req); !bounded.IsTooLarge(err) {
		t.Error(err)
	}
}
