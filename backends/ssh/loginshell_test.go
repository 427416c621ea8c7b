package ssh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// loginShells are those of the testbed's users that are no POSIX shells.
var loginShells = []string{"tcsh", "csh", "fish"}

// awkward has what a shell between the client and sh may take for something else.
const awkward = "it's !here \\ $HOME `id`\n\"there\" \\\\ end"

// TestEngineByAnyLoginShell: the DOCKER_HOST of a host counts, whichever shell the user
// has there, although another engine answers at the default socket.
func TestEngineByAnyLoginShell(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	for _, shell := range loginShells {
		t.Run(shell, func(t *testing.T) {
			c := connection(t, options(t, state.SSHD(t, "sshd-env"), "mlng-env-"+shell, ""))
			c.usual = state.Engine(t, "engine-old").Socket
			conn, err := c.DialEngine(timeout(t))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			pingEngine(t, conn)
			if got, want := c.route.known.socket, state.Engine(t, "engine-new").Socket; got != want {
				t.Errorf("the engine at %s is used, want %s", got, want)
			}
		})
	}
}

// TestAFailedLookNamesNoEngine: where a host does not run what looks for its engine, the
// one at the default socket is not taken for it.
func TestAFailedLookNamesNoEngine(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	old := state.Engine(t, "engine-old").Socket
	for _, tt := range []struct {
		name, option string
		kind         core.Kind
		says         []string
	}{
		{"other command", "ForceCommand echo only backups here; exit 3", core.KindEngineUnreachable, []string{"only backups here", "exit code 3", "ssh://mlng" + old}},
		{"silence", "ForceCommand true", core.KindEngineUnreachable, []string{"could not find out"}},
		{"no commands", "MaxSessions 0", "", []string{"run no commands", "ssh://mlng" + old}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newSSHD(t, state.SSHD(t, "sshd"), tt.option)
			opts := options(t, server.part, "mlng", "")
			opts.SSH.ConfigFile = writeConfig(t, server.configured("mlng"))
			var warned string
			opts.Warn = func(message string) { warned += message }
			c := connection(t, opts)
			c.usual = old
			conn, err := c.DialEngine(timeout(t))
			if err == nil {
				defer conn.Close()
				pingEngine(t, conn)
				for _, word := range tt.says {
					if !strings.Contains(warned, word) {
						t.Errorf("the warning %q does not say %q", warned, word)
					}
				}
				tt.says = nil
			}
			checkError(t, err, tt.kind, tt.says...)
		})
	}
}

// TestALookIsHeardBehindNoise: what login files print does not hide what the host says.
func TestALookIsHeardBehindNoise(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".bashrc"), []byte("printf 'welcome to '\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := newSSHD(t, state.SSHD(t, "sshd"), "SetEnv HOME="+home+" DOCKER_HOST=tcp://127.0.0.1:1")
	opts := options(t, server.part, "mlng", "")
	opts.SSH.ConfigFile = writeConfig(t, server.configured("mlng"))
	c := connection(t, opts)
	out, _, _, err := c.Output(timeout(t), "true", nil)
	if err != nil || string(out) != "welcome to " {
		t.Fatalf("the login file says %q, %v", out, err)
	}
	seen, err := c.look(timeout(t), "")
	if err != nil || seen.dockerHost != "tcp://127.0.0.1:1" {
		t.Errorf("%+v, %v", seen, err)
	}
}

func TestStdioByAnyLoginShell(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	for _, shell := range append([]string{""}, loginShells...) {
		t.Run(shell, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), strings.ReplaceAll(awkward, "\n", " "))
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			socket := filepath.Join(folder, "docker.sock")
			if err := os.Symlink(state.Engine(t, "engine-new").Socket, socket); err != nil {
				t.Fatal(err)
			}
			alias := strings.TrimSuffix("mlng-noforward-"+shell, "-")
			c := connection(t, options(t, state.SSHD(t, "sshd-noforward"), alias, socket))
			for range 2 {
				conn, err := c.DialEngine(timeout(t))
				if err != nil {
					t.Fatal(err)
				}
				pingEngine(t, conn)
				_ = conn.Close()
			}
		})
	}
}

func TestSyncByAnyLoginShell(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	for _, shell := range append([]string{""}, loginShells...) {
		t.Run(shell, func(t *testing.T) {
			c := connection(t, options(t, state.SSHD(t, "sshd"), strings.TrimSuffix("mlng-"+shell, "-"), ""))
			source, destination := t.TempDir(), filepath.Join(t.TempDir(), awkward)
			for _, name := range []string{"first", "by a ready shell"} {
				write(t, filepath.Join(source, name), 10)
				report, err := c.HostFiles().Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
				if err != nil || report.Way != "rsync" || report.FilesSent != 1 {
					t.Fatalf("%s: %+v, %v", name, report, err)
				}
				if _, err := os.Stat(filepath.Join(destination, name)); err != nil {
					t.Error(err)
				}
				awaitShell(t, c)
			}
		})
	}
}
