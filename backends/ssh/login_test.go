package ssh

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	part := state.SSHD(t, "sshd")
	readable := filepath.Join(t.TempDir(), "id")
	text, err := os.ReadFile(part.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(readable, text, 0o644); err != nil {
		t.Fatal(err)
	}
	encrypted := part.Keys["encrypted"]
	tests := []struct {
		name   string
		config []string
		change func(*sshconn.Options)
		kind   core.Kind
		says   []string
	}{
		{"ed25519", nil, nil, "", nil},
		{"rsa", []string{"IdentityFile " + part.Keys["rsa"]}, nil, "", nil},
		{"ecdsa", []string{"IdentityFile " + part.Keys["ecdsa"]}, nil, "", nil},
		{"second key", []string{"IdentityFile " + part.Key, "IdentityFile " + part.Keys["stranger"]}, nil, "", nil},
		{"wrong key", []string{"IdentityFile " + part.Keys["stranger"]}, nil, core.KindAuthenticationFailed, []string{part.Keys["stranger"], "root"}},
		{"wrong user", []string{"User nosuchuser"}, nil, core.KindAuthenticationFailed, []string{"nosuchuser"}},
		{"no key", []string{"IdentityFile /nowhere/id"}, nil, core.KindAuthenticationFailed, []string{"/nowhere/id does not exist", "no key to offer"}},
		{"readable by others", []string{"IdentityFile " + readable}, nil, core.KindAuthenticationFailed, []string{readable, "others may read it", "chmod 600"}},
		{"encrypted", []string{"IdentityFile " + encrypted}, nil, core.KindAuthenticationFailed, []string{encrypted, "ssh-add", "passphrase"}},
		{"passphrase", []string{"IdentityFile " + encrypted}, func(o *sshconn.Options) {
			o.SSH.Passphrases = map[string]string{encrypted: part.Passphrase}
		}, "", nil},
		{"any passphrase", []string{"IdentityFile " + encrypted}, func(o *sshconn.Options) {
			o.SSH.Passphrases = map[string]string{"": part.Passphrase}
		}, "", nil},
		{"wrong passphrase", []string{"IdentityFile " + encrypted}, func(o *sshconn.Options) {
			o.SSH.Passphrases = map[string]string{"": "no"}
		}, core.KindAuthenticationFailed, []string{encrypted, "does not open it"}},
		{"forbidden", []string{"PubkeyAuthentication no"}, nil, core.KindAuthenticationFailed, []string{"PubkeyAuthentication"}},
		{"unknown host key", []string{"UserKnownHostsFile /nowhere/known"}, nil, core.KindHostKeyUnknown, []string{"SHA256:", "[127.0.0.1]:" + strconv.Itoa(part.Port) + " ssh-", "/nowhere/known"}},
		{"alias of the host key", []string{"HostKeyAlias other"}, nil, core.KindHostKeyUnknown, []string{"other ssh-"}},
		{"one host key algorithm", []string{"HostKeyAlgorithms ecdsa-sha2-nistp256"}, nil, "", nil},
		{"impossible cipher", []string{"Ciphers aes256-cbc"}, nil, core.KindInvalidArgument, []string{"Ciphers"}},
		{"proxy command", []string{"ProxyCommand ssh -F " + part.SSHConfig + " -W %h:%p mlng-jump"}, nil, "", nil},
		{"proxy command that fails", []string{"ProxyCommand sh -c 'echo no way >&2; exit 1'"}, nil, core.KindEngineUnreachable, []string{"no way"}},
		{"proxy command that is not there", []string{"ProxyCommand /no/such/command"}, nil, core.KindEngineUnreachable, []string{"/no/such/command"}},
		{"refused", []string{"Port 1"}, nil, core.KindEngineUnreachable, []string{"refuses"}},
		{"no name", []string{"HostName no-such-host.invalid"}, nil, core.KindEngineUnreachable, []string{"no-such-host.invalid"}},
		{"jump refused", []string{"ProxyJump jump", "Port 1"}, nil, core.KindEngineUnreachable, []string{"jump host"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := configFor(part, "host", tt.config...)
			text += configFor(state.SSHD(t, "sshd-jump"), "jump")
			opts := sshconn.Options{
				Target: core.Target{Text: "host", Host: "host"}, Environ: environ(t), SSH: core.SSHRequest{ConfigFile: writeConfig(t, text)},
				ConnectTimeout: longest, // a passphrase takes a busy machine long
			}
			if tt.change != nil {
				tt.change(&opts)
			}
			c := connection(t, opts)
			_, err := c.Use(timeout(t))
			checkError(t, err, tt.kind, tt.says...)
			if err != nil {
				checkBeforeLogin(t, err, tt.kind == core.KindEngineUnreachable)
			}
		})
	}
}

func TestAgent(t *testing.T) {
	part := bed.Load(t).SSHD(t, "sshd")
	text, err := os.ReadFile(part.Keys["encrypted"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParseRawPrivateKeyWithPassphrase(text, []byte(part.Passphrase))
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	socket := serveAgent(t, ring)
	for name, identity := range map[string]string{"named in the config": part.Keys["encrypted"], "not named": "/nowhere/id"} {
		t.Run(name, func(t *testing.T) {
			config := strings.ReplaceAll(configFor(part, "host"), part.Key, identity)
			if identity == "/nowhere/id" {
				config = strings.ReplaceAll(config, "IdentitiesOnly yes", "IdentitiesOnly no")
			}
			opts := sshconn.Options{Target: core.Target{Text: "host", Host: "host"}, Environ: environ(t), ConnectTimeout: longest, SSH: core.SSHRequest{ConfigFile: writeConfig(t, config)}}
			opts.Environ["SSH_AUTH_SOCK"] = socket
			if _, err := connection(t, opts).Use(timeout(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// deaf accepts connections and says nothing.
func deaf(t *testing.T) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func TestConnectTimeout(t *testing.T) {
	opts := sshconn.Options{
		Target: core.Target{Text: "host", Host: "host"}, Environ: environ(t), ConnectTimeout: 300 * time.Millisecond,
		SSH: core.SSHRequest{ConfigFile: writeConfig(t, "Host host\n  HostName 127.0.0.1\n  Port "+deaf(t)+"\n  ConnectTimeout 3600\n")},
	}
	started := time.Now()
	_, err := connection(t, opts).Use(timeout(t))
	checkError(t, err, core.KindEngineUnreachable, "in time")
	if took := time.Since(started); took > time.Minute {
		t.Errorf("took %v", took)
	}
}

func TestCancelDuringConnect(t *testing.T) {
	opts := sshconn.Options{Target: core.Target{Text: "host", Host: "127.0.0.1", Port: deaf(t)}, Environ: environ(t), ConnectTimeout: time.Hour}
	c := connection(t, opts)
	ctx, cancel := context.WithCancel(timeout(t))
	failed := make(chan error, 1)
	guard.Go(func() {
		_, err := c.Use(ctx)
		failed <- err
	}, nil)
	for status, changed := c.Status(); status.State != sshconn.StateConnecting; status, changed = c.Status() {
		<-changed
	}
	started := time.Now()
	cancel()
	checkError(t, <-failed, core.KindCancelled)
	if took := time.Since(started); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if status, _ := c.Status(); status.State != sshconn.StateIdle {
		t.Errorf("state is %s", status.State)
	}
}

func TestCloseDuringConnect(t *testing.T) {
	opts := sshconn.Options{Target: core.Target{Text: "host", Host: "127.0.0.1", Port: deaf(t)}, Environ: environ(t)}
	c := connection(t, opts)
	failed := make(chan error, 1)
	guard.Go(func() {
		_, err := c.Use(timeout(t))
		failed <- err
	}, nil)
	for status, changed := c.Status(); status.State != sshconn.StateConnecting; status, changed = c.Status() {
		<-changed
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	checkError(t, <-failed, core.KindClientClosed)
	_, err := c.Use(timeout(t))
	checkError(t, err, core.KindClientClosed)
}
