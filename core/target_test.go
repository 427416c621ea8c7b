package core

import (
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]Target{
		"":                                {Scheme: SchemeDefault},
		"local":                           {Scheme: SchemeDefault},
		"localhost":                       {Scheme: SchemeDefault},
		"127.0.0.1":                       {Scheme: SchemeDefault},
		"unix:///var/run/docker.sock":     {Scheme: SchemeUnix, Path: "/var/run/docker.sock"},
		"tcp://engine:2376":               {Scheme: SchemeTCP, Host: "engine", Port: "2376"},
		"tcp://engine":                    {Scheme: SchemeTCP, Host: "engine"},
		"tcp://[::1]:2376/":               {Scheme: SchemeTCP, Host: "::1", Port: "2376"},
		"context://gpu":                   {Scheme: SchemeContext, Name: "gpu"},
		"ssh://gpu7":                      {Scheme: SchemeSSH, Host: "gpu7"},
		"ssh://root@gpu7:2222":            {Scheme: SchemeSSH, User: "root", Host: "gpu7", Port: "2222"},
		"ssh://root@gpu7/run/docker.sock": {Scheme: SchemeSSH, User: "root", Host: "gpu7", Path: "/run/docker.sock"},
		"ssh://gpu7/":                     {Scheme: SchemeSSH, Host: "gpu7"},
		"ssh://[fe80::1]:22":              {Scheme: SchemeSSH, Host: "fe80::1", Port: "22"},
		"gpu7":                            {Scheme: SchemeSSH, Host: "gpu7"},
		"root@gpu7":                       {Scheme: SchemeSSH, User: "root", Host: "gpu7"},
		"me@corp.example@gpu7":            {Scheme: SchemeSSH, User: "me@corp.example", Host: "gpu7"},
		`corp\me@gpu7`:                    {Scheme: SchemeSSH, User: `corp\me`, Host: "gpu7"},
		"machine$@gpu_7.example":          {Scheme: SchemeSSH, User: "machine$", Host: "gpu_7.example"},
		"ssh://m%C3%BCller@b%C3%BCro":     {Scheme: SchemeSSH, User: "müller", Host: "büro"},
		"fe80::1":                         {Scheme: SchemeSSH, Host: "fe80::1"},
	} {
		want.Text = text
		got, err := ParseTarget(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParseTargetsOfFleets(t *testing.T) {
	for text, want := range map[string]string{
		"swarm://gpu7":                    "ssh://gpu7",
		"swarm://root@gpu7:2222,gpu8":     "ssh://root@gpu7:2222 ssh://gpu8",
		"swarm+unix:///run/a.sock":        "unix:///run/a.sock",
		"swarm+context://one,two":         "context://one context://two",
		"swarm+tcp://gpu7:2376,gpu8:2376": "tcp://gpu7:2376 tcp://gpu8:2376",
	} {
		got, err := ParseTarget(text)
		if err != nil || got.Scheme != SchemeSwarm || strings.Join(got.Managers(), " ") != want {
			t.Errorf("%q: %+v of %q, %v", text, got, got.Managers(), err)
		}
	}
	for _, text := range []string{"swarm://", "swarm://a,", "swarm://,a", "swarm+unix://relative", "swarm+http://a", "swarm+ssh://a", "swarm://user:hunter2@gpu7"} {
		got, err := ParseTarget(text)
		if KindOf(err) != KindInvalidArgument || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestParseTargetRefuses(t *testing.T) {
	for _, text := range []string{
		" ", "a b", "gpu7\n", "gpu7\x00", "unix://", "unix://relative", "unix:/x", "http://engine", "://x", "context://", "context://a/b",
		"tcp://", "tcp://engine:0", "tcp://engine:65536", "tcp://engine:x", "tcp://engine/path", "tcp://user@engine", "tcp://engine?x=1",
		"ssh://", "ssh://@", "ssh://-oProxyCommand=x", "ssh://-x@gpu7", "ssh://gpu7#x", "ssh://gpu7:99999", "ssh://%zz",
		"ssh://x$(id)@gpu7", "ssh://x%24%28id%29@gpu7", "ssh://x%0aid@gpu7", "ssh://x;id@gpu7", "ssh://x%60id%60@gpu7", "ssh://a%20-oProxyCommand=x@gpu7",
		"x`id`@gpu7", "x|id@gpu7", "x$HOME.y@gpu7", "gpu7;id", "gpu7$(id)", "gpu7&id", "gpu7>x", "'gpu7'", `\gpu7`, "ssh://gpu7$(id)", "ssh://gpu7%3bid",
		"-oProxyCommand=x", "-x@gpu7", "@gpu7", "user@", "host:22", "/var/run/docker.sock", `C:\x`,
	} {
		if got, err := ParseTarget(text); KindOf(err) != KindInvalidArgument {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestParseTargetHidesPasswords(t *testing.T) {
	for _, text := range []string{
		"ssh://user:hunter2@gpu7", "tcp://user:hunter2@engine:1", "ssh://user:hunter2@gpu7:port", "ssh://user:hunter2@%zz", "ssh://user:hunter2@gpu7?q",
		"ssh://user:hunter2@gpu 7", "http://user:hunter2@engine", "ssh://user:hunter2@-x", "user:hunter2@gpu7", "user:hunter2@gpu7://x",
	} {
		_, err := ParseTarget(text)
		if KindOf(err) != KindInvalidArgument {
			t.Errorf("%q: %v", text, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in the message: %v", err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{
		"", "local", "unix:///x", "tcp://h:1", "ssh://u@h:22/s", "context://c", "u@h", "a b", "ssh://u:p@h", "ssh://[::1]:1", "tcp://%41:1", "x://", "@", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, err := ParseTarget(text)
		if err != nil {
			if KindOf(err) != KindInvalidArgument {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if target.Text != text {
			t.Fatalf("%q became %q", text, target.Text)
		}
		switch target.Scheme {
		case SchemeDefault:
		case SchemeUnix:
			if !strings.HasPrefix(target.Path, "/") {
				t.Fatalf("%q: path %q", text, target.Path)
			}
		case SchemeContext:
			if target.Name == "" {
				t.Fatalf("%q: no name", text)
			}
		case SchemeTCP, SchemeSSH:
			// A word that begins with a dash would be an option where it is given to ssh.
			if target.Host == "" || target.Host[0] == '-' || strings.HasPrefix(target.User, "-") {
				t.Fatalf("%q: user %q, host %q", text, target.User, target.Host)
			}
		default:
			t.Fatalf("%q: scheme %q", text, target.Scheme)
		}
	})
}
