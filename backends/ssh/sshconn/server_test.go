package sshconn

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// server is an SSH server in this process, which lets everybody in.
type server struct {
	addr *net.TCPAddr
	key  ssh.Signer

	mu     sync.Mutex
	logins []net.Conn
}

// newServer starts one; open gets each channel that a client opens in a login.
func newServer(t *testing.T, open func(ssh.Conn, ssh.NewChannel)) *server {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &server{addr: listener.Addr().(*net.TCPAddr), key: signer}
	t.Cleanup(s.cut)
	guard.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			guard.Go(func() { s.login(conn, config, open) }, nil)
		}
	}, nil)
	return s
}

func (s *server) login(conn net.Conn, config *ssh.ServerConfig, open func(ssh.Conn, ssh.NewChannel)) {
	s.mu.Lock()
	s.logins = append(s.logins, conn)
	s.mu.Unlock()
	login, opened, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	guard.Go(func() {
		for r := range requests {
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
	}, nil)
	for o := range opened {
		open(login, o)
	}
}

// count is how many connections were made.
func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.logins)
}

// cut ends all connections.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.logins {
		_ = conn.Close()
	}
}

// connection is a Connection to the server.
func (s *server) connection(t *testing.T) *Connection {
	t.Helper()
	dir := t.TempDir()
	address := "[127.0.0.1]:" + strconv.Itoa(s.addr.Port)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	known := write("known", address+" "+string(ssh.MarshalAuthorizedKey(s.key.PublicKey())))
	config := write("config", "Host server\n HostName 127.0.0.1\n Port "+strconv.Itoa(s.addr.Port)+"\n User root\n UserKnownHostsFile "+known+"\n")
	c := New(Options{
		Target:  core.Target{Scheme: core.SchemeSSH, Text: "ssh://server", Host: "server"},
		Environ: core.Environ{"PATH": os.Getenv("PATH"), "HOME": dir},
		SSH:     core.SSHRequest{ConfigFile: config, DeadPeerSeconds: longest.Seconds()}, ConnectTimeout: longest,
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}
