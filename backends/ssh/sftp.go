package ssh

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

var errExecRefused = errors.New("the request was refused")

// idleSFTP is for how long an SFTP client that nobody uses is kept: opening one takes
// three round trips.
const idleSFTP = 20 * time.Second

// sftpCache keeps what was released, latest last.
type sftpCache struct {
	conn   *Connection
	mu     sync.Mutex
	idle   []*sftpClient
	closed bool
}

type sftpClient struct {
	*sftp.Client
	line  *line
	ch    ssh.Channel
	gone  <-chan struct{}
	timer *time.Timer
}

func (s *sftpClient) usable() bool { return !s.line.isDead() && !isClosed(s.gone) }

// end never waits for the peer.
func (s *sftpClient) end() {
	guard.Go(func() { _ = s.ch.Close() }, nil)
}

// SFTP gives an SFTP client for the caller alone until release. Each has a channel
// (and a window of 2 MiB) of its own: ask for several to go faster on a long line. It
// waits while all sessions are in use. What a lost line breaks shows as errors of the
// client; Lost tells them apart.
func (c *Connection) SFTP(ctx context.Context) (client *sftp.Client, release func(), err error) {
	s := c.sftp.take()
	if s == nil {
		if s, err = c.openSFTP(ctx); err != nil {
			return nil, nil, err
		}
	}
	var once sync.Once
	return s.Client, func() { once.Do(func() { c.sftp.put(s) }) }, nil
}

// Lost gives ConnectionLost where err came from a lost line, and err otherwise.
func (c *Connection) Lost(err error) error {
	if err == nil || core.KindOf(err) != "" {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line != nil && !c.line.isDead() {
		return err
	}
	if c.status.Err != nil && core.KindOf(c.status.Err) == core.KindConnectionLost {
		return c.status.Err
	}
	return errLost(c.opts.Target.Text, err)
}

func (c *Connection) openSFTP(ctx context.Context) (*sftpClient, error) {
	o, place, err := c.sessions.open(ctx)
	if err != nil {
		return nil, err
	}
	p := c.sessions.process(o, place)
	ok, err := p.request(ctx, "subsystem", ssh.Marshal(struct{ Name string }{"sftp"}))
	if err == nil && ok {
		guard.Go(func() { _, _ = io.Copy(io.Discard, o.ch.Stderr()) }, nil)
		stop := context.AfterFunc(ctx, func() { _ = o.ch.Close() })
		var client *sftp.Client
		client, err = sftp.NewClientPipe(o.ch, o.ch, sftp.UseConcurrentReads(true), sftp.UseConcurrentWrites(true))
		if stop() && err == nil {
			return &sftpClient{Client: client, line: place.line, ch: o.ch, gone: p.gone}, nil
		}
	}
	p.Close()
	switch {
	case ctx.Err() != nil:
		return nil, contextError(ctx, "opening SFTP")
	case place.line.isDead():
		return nil, place.line.lost()
	case err != nil && !isClosed(p.gone):
		return nil, core.Errorf(core.KindEngineError, "SFTP on %s does not work: %w", place.line.settings.Alias, err)
	}
	return nil, core.Errorf(core.KindEngineError, "the sshd of %s has no SFTP: add \"Subsystem sftp internal-sftp\" to its sshd_config", place.line.settings.Alias).With("reason", "no_sftp")
}

func (s *sftpCache) take() *sftpClient {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.idle) > 0 {
		last := len(s.idle) - 1
		client := s.idle[last]
		s.idle = s.idle[:last]
		client.timer.Stop()
		if client.usable() {
			return client
		}
		client.end()
	}
	return nil
}

func (s *sftpCache) put(client *sftpClient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !client.usable() || s.conn.sessions.crowded() {
		client.end()
		return
	}
	client.timer = time.AfterFunc(idleSFTP, func() { s.remove(client) })
	s.idle = append(s.idle, client)
}

func (s *sftpCache) remove(client *sftpClient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.idle {
		if other == client {
			s.idle = append(s.idle[:i:i], s.idle[i+1:]...)
			client.end()
			return
		}
	}
}

// evict ends the idle clients, because somebody waits for a session.
func (s *sftpCache) evict() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, client := range s.idle {
		client.timer.Stop()
		client.end()
	}
	s.idle = nil
}

func (s *sftpCache) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.evict()
}
