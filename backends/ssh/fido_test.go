package ssh

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// fidoAgent is an agent with one FIDO key, whose signatures are made as a token makes
// them: of what is signed and of the application, with flags and a counter.
type fidoAgent struct {
	agent.Agent // without keys
	key         ed25519.PrivateKey
	public      ssh.PublicKey
	touched     atomic.Uint32
}

const fidoApplication = "ssh:"

func newFIDOAgent(t *testing.T) *fidoAgent {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ssh.ParsePublicKey(ssh.Marshal(struct {
		Kind        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, public, fidoApplication}))
	if err != nil {
		t.Fatal(err)
	}
	return &fidoAgent{Agent: agent.NewKeyring(), key: key, public: parsed}
}

func (f *fidoAgent) List() ([]*agent.Key, error) {
	return []*agent.Key{{Format: f.public.Type(), Blob: f.public.Marshal(), Comment: "token"}}, nil
}

func (f *fidoAgent) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	if !bytes.Equal(key.Marshal(), f.public.Marshal()) {
		return nil, errors.New("no such key")
	}
	const userPresent = 1
	tail := struct {
		Flags   byte
		Counter uint32
	}{userPresent, f.touched.Add(1)}
	application, message := sha256.Sum256([]byte(fidoApplication)), sha256.Sum256(data)
	signed := append(application[:], ssh.Marshal(tail)...)
	return &ssh.Signature{Format: f.public.Type(), Blob: ed25519.Sign(f.key, append(signed, message[:]...)), Rest: ssh.Marshal(tail)}, nil
}

// serveAgent answers at a socket until the test ends.
func serveAgent(t *testing.T, a agent.Agent) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	guard.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			guard.Go(func() { _ = agent.ServeAgent(a, conn) }, nil)
		}
	}, nil)
	return socket
}

// TestFIDOKey logs in with a key whose private part only the agent can use: named in the
// config by its public key, and found in the agent.
func TestFIDOKey(t *testing.T) {
	token := newFIDOAgent(t)
	socket := serveAgent(t, token)
	public := filepath.Join(t.TempDir(), "id_ed25519_sk.pub")
	line := ssh.MarshalAuthorizedKey(token.public)
	if err := os.WriteFile(public, line, 0o600); err != nil {
		t.Fatal(err)
	}
	part := bed.Load(t).SSHD(t, "sshd")
	server := newSSHD(t, part, "AuthorizedKeysFile "+public)
	for name, change := range map[string]func(string) string{
		"named in the config": func(config string) string { return strings.ReplaceAll(config, part.Key, public) },
		"not named": func(config string) string {
			return strings.NewReplacer(part.Key, "/nowhere/id", "IdentitiesOnly yes", "IdentitiesOnly no").Replace(config)
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := token.touched.Load()
			opts := sshconn.Options{
				Target: core.Target{Text: "host", Host: "host"}, Environ: environ(t), ConnectTimeout: longest,
				SSH: core.SSHRequest{ConfigFile: writeConfig(t, change(server.configured("host")))},
			}
			opts.Environ["SSH_AUTH_SOCK"] = socket
			if _, err := connection(t, opts).Use(timeout(t)); err != nil {
				t.Error(err)
			}
			if token.touched.Load() != before+1 {
				t.Errorf("the token was asked %d times", token.touched.Load()-before)
			}
		})
	}
}
