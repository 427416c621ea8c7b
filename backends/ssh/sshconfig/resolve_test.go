package sshconfig

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// bothWays runs a test with the installed ssh and with the library.
func bothWays(t *testing.T, test func(t *testing.T, env core.Environ)) {
	t.Helper()
	path := os.Getenv("PATH")
	if lookPath(core.Environ{"PATH": path}, "ssh") == "" {
		t.Fatal("ssh is not installed: apt-get install openssh-client")
	}
	for name, path := range map[string]string{"ssh -G": path, "library": ""} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
				t.Fatal(err)
			}
			test(t, core.Environ{"PATH": path, "HOME": home, "SSH_AUTH_SOCK": "/run/agent", "KEYS": "/keys"})
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestResolve(t *testing.T) {
	tests := []struct {
		name, config string
		req          Request
		get          func(*Settings) any
		want         any // HOME stands for the home directory
	}{
		{"alias", "Host gpu7\n HostName 10.0.0.7\n Port 2222\n User ml\n", Request{}, func(s *Settings) any { return []string{s.HostName, s.Port, s.User, s.Alias} }, []string{"10.0.0.7", "2222", "ml", "gpu7"}},
		{"destination wins", "Host gpu7\n Port 2222\n User ml\n", Request{User: "root", Port: "22"}, func(s *Settings) any { return []string{s.Port, s.User} }, []string{"22", "root"}},
		{"first wins", "Host gpu*\n User one\nHost gpu7\n User two\n", Request{}, func(s *Settings) any { return s.User }, "one"},
		{"negation", "Host * !gpu7\n User one\nHost *\n User two\n", Request{}, func(s *Settings) any { return s.User }, "two"},
		{"%h in HostName", "Host gpu7\n HostName %h.example.org\n", Request{}, func(s *Settings) any { return s.HostName }, "gpu7.example.org"},
		{"Match host", "Match host gpu7\n User matched\n", Request{}, func(s *Settings) any { return s.User }, "matched"},
		{"identities", "Host gpu7\n IdentityFile ~/.ssh/one\n IdentityFile %d/keys/%r@%h\n User ml\n IdentitiesOnly yes\n", Request{}, func(s *Settings) any { return []any{s.IdentityFiles, s.IdentitiesOnly, s.IdentityFilesDefault} }, []any{[]string{"HOME/.ssh/one", "HOME/keys/ml@gpu7"}, true, false}},
		{"variable", "Host gpu7\n IdentityFile ${KEYS}/k\n CertificateFile ${KEYS}/c\n", Request{}, func(s *Settings) any { return []any{s.IdentityFiles, s.CertificateFiles} }, []any{[]string{"/keys/k"}, []string{"/keys/c"}}},
		{"agent of the environment", "", Request{}, func(s *Settings) any { return s.IdentityAgent }, "/run/agent"},
		{"own agent", "Host gpu7\n IdentityAgent ~/agent.sock\n", Request{}, func(s *Settings) any { return s.IdentityAgent }, "HOME/agent.sock"},
		{"no agent", "Host gpu7\n IdentityAgent none\n", Request{}, func(s *Settings) any { return s.IdentityAgent }, ""},
		{"known hosts", "Host gpu7\n UserKnownHostsFile ~/one \"/with space/two\"\n GlobalKnownHostsFile none\n", Request{}, func(s *Settings) any { return []any{s.UserKnownHosts, s.GlobalKnownHosts} }, []any{[]string{"HOME/one", "/with space/two"}, []string(nil)}},
		{"known hosts of this home", "", Request{}, func(s *Settings) any { return s.UserKnownHosts }, []string{"HOME/.ssh/known_hosts", "HOME/.ssh/known_hosts2"}},
		{"strict", "Host gpu7\n StrictHostKeyChecking accept-new\n HashKnownHosts yes\n HostKeyAlias box\n", Request{}, func(s *Settings) any { return []any{s.StrictHostKeyChecking, s.HashKnownHosts, s.LookupName()} }, []any{StrictAcceptNew, true, "box"}},
		{"strict off", "StrictHostKeyChecking off\n", Request{}, func(s *Settings) any { return s.StrictHostKeyChecking }, StrictNo},
		{"strict yes", "StrictHostKeyChecking yes\n", Request{}, func(s *Settings) any { return s.StrictHostKeyChecking }, StrictYes},
		{"ask by default", "", Request{}, func(s *Settings) any { return s.StrictHostKeyChecking }, StrictAsk},
		{"host key algorithms", "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512\n", Request{}, func(s *Settings) any { return s.HostKeyAlgorithms }, []string{"ssh-ed25519", "rsa-sha2-512"}},
		{"jumps", "Host gpu7\n ProxyJump a,root@b:2200\n", Request{}, func(s *Settings) any { return []any{s.ProxyJump, s.ProxyCommand} }, []any{[]string{"a", "root@b:2200"}, ""}},
		{"command", "Host gpu7\n HostName ten\n ProxyCommand nc -X 5 %h %p %%\n", Request{}, func(s *Settings) any { return s.ProxyCommand }, "nc -X 5 ten 22 %"},
		{"times", "Host gpu7\n ConnectTimeout 7\n ServerAliveInterval 4\n ServerAliveCountMax 2\n", Request{}, func(s *Settings) any {
			return []any{s.ConnectTimeout, s.ServerAliveInterval, s.ServerAliveCountMax}
		}, []any{7 * time.Second, 4 * time.Second, 2}},
		{"no times", "", Request{}, func(s *Settings) any {
			return []any{s.ConnectTimeout, s.ServerAliveInterval, s.ServerAliveCountMax}
		}, []any{time.Duration(0), time.Duration(0), 3}},
		{"address", "AddressFamily inet\nBindAddress 127.0.0.2\n", Request{}, func(s *Settings) any { return []string{s.AddressFamily, s.BindAddress} }, []string{"inet", "127.0.0.2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, env core.Environ) {
				write(t, filepath.Join(env.Home(), ".ssh", "config"), tt.config)
				req := tt.req
				req.Host, req.Environ = "gpu7", env
				s, err := Resolve(context.Background(), req)
				if err != nil {
					t.Fatal(err)
				}
				if got := tt.get(s); !reflect.DeepEqual(got, withHome(tt.want, env.Home())) {
					t.Errorf("got %#v, want %#v", got, tt.want)
				}
			})
		})
	}
}

func withHome(want any, home string) any {
	switch w := want.(type) {
	case string:
		return strings.ReplaceAll(w, "HOME", home)
	case []string:
		var out []string
		for _, text := range w {
			out = append(out, strings.ReplaceAll(text, "HOME", home))
		}
		return out
	case []any:
		var out []any
		for _, item := range w {
			out = append(out, withHome(item, home))
		}
		return out
	}
	return want
}

func TestInclude(t *testing.T) {
	bothWays(t, func(t *testing.T, env core.Environ) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.conf"), "Host gpu7\n User included\n")
		write(t, filepath.Join(dir, "config"), "Include "+dir+"/*.conf\nHost gpu7\n User late\n Port 2200\n")
		s, err := Resolve(context.Background(), Request{Host: "gpu7", Environ: env, ConfigFile: filepath.Join(dir, "config")})
		if err != nil {
			t.Fatal(err)
		}
		if s.User != "included" || s.Port != "2200" {
			t.Errorf("user %s, port %s", s.User, s.Port)
		}
	})
}

func TestIncludeOfHome(t *testing.T) {
	env := core.Environ{"HOME": t.TempDir()}
	write(t, filepath.Join(env.Home(), ".ssh", "config"), "Include more\nInclude ~/other\n")
	write(t, filepath.Join(env.Home(), ".ssh", "more"), "Host gpu7\n User included\n")
	write(t, filepath.Join(env.Home(), "other"), "Host gpu7\n Port 2200\n")
	s, err := Resolve(context.Background(), Request{Host: "gpu7", Environ: env})
	if err != nil {
		t.Fatal(err)
	}
	if s.User != "included" || s.Port != "2200" {
		t.Errorf("user %s, port %s", s.User, s.Port)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct{ name, config, says string }{
		{"known hosts command", "Host gpu7\n KnownHostsCommand /bin/true\n", "KnownHostsCommand"},
		{"passing descriptors", "Host gpu7\n ProxyCommand x\n ProxyUseFdpass yes\n", "ProxyUseFdpass"},
		{"unknown variable", "Host gpu7\n IdentityFile ${NOWHERE}/k\n", "NOWHERE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, env core.Environ) {
				write(t, filepath.Join(env.Home(), ".ssh", "config"), tt.config)
				_, err := Resolve(context.Background(), Request{Host: "gpu7", Environ: env})
				if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestLibraryNamesWhatItCannotDo(t *testing.T) {
	env := core.Environ{"HOME": t.TempDir()}
	write(t, filepath.Join(env.Home(), ".ssh", "config"), "Match exec \"true\"\n User x\n")
	_, err := Resolve(context.Background(), Request{Host: "gpu7", Environ: env})
	if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), "Match Exec") {
		t.Errorf("error %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	env := core.Environ{"HOME": t.TempDir(), "PATH": os.Getenv("PATH")}
	write(t, filepath.Join(env.Home(), ".ssh", "config"), "Host gpu7\n NoSuchDirective yes\n")
	_, err := Resolve(context.Background(), Request{Host: "gpu7", Environ: env})
	if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(strings.ToLower(err.Error()), "nosuchdirective") {
		t.Errorf("error %v", err)
	}
	_, err = Resolve(context.Background(), Request{Host: "gpu7", Environ: env, ConfigFile: "/nowhere/config"})
	if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), "/nowhere/config") {
		t.Errorf("error %v", err)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "90": 90 * time.Second, "1m30s": 90 * time.Second, "2H": 2 * time.Hour} {
		if got, ok := parseTime(text); !ok || got != want {
			t.Errorf("parseTime(%q) = %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "s", "1x", "-1", "1m30"} {
		if got, ok := parseTime(text); ok {
			t.Errorf("parseTime(%q) = %v", text, got)
		}
	}
}

func TestList(t *testing.T) {
	defaults := []string{"a", "b", "c"}
	for text, want := range map[string][]string{"": nil, "x,y": {"x", "y"}, "+x": {"a", "b", "c", "x"}, "-b": {"a", "c"}, "^c": {"c", "a", "b", "c"}} {
		if got := list(text, defaults); !reflect.DeepEqual(got, want) {
			t.Errorf("list(%q) = %v, want %v", text, got, want)
		}
	}
}

// TestAnswerThatDoesNotEnd has a program behind ssh that holds its output: that is no
// fault of the config, and may be tried again.
func TestAnswerThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	write(t, filepath.Join(bin, "ssh"), "#!/bin/sh\necho user ml\n/bin/sleep 10 &\n")
	if err := os.Chmod(filepath.Join(bin, "ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Resolve(t.Context(), Request{Host: "gpu7", ConfigFile: "none", Environ: core.Environ{"PATH": bin, "HOME": t.TempDir()}})
	if core.KindOf(err) != core.KindOperationTimeout || !strings.Contains(err.Error(), "gave no answer") {
		t.Errorf("error %v", err)
	}
}
