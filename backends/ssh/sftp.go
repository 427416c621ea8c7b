package ssh

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sftpfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

var errExecRefused = errors.New("the request was refused")

// idleSFTP is for how long an SFTP client that nobody uses is kept: opening one takes
// three round trips.
const idleSFTP = 20 * time.Second

// sftpClient is an SFTP client with its session.
type sftpClient struct {
	*sftp.Client
	process *Process
}

func (s *sftpClient) session() *Process { return s.process }

// SFTP gives an SFTP client for the caller alone until release. Each has a channel
// (and a window of 2 MiB) of its own: ask for several to go faster on a long line. It
// waits while all sessions are in use. What a lost line breaks shows as errors of the
// client; Lost tells them apart.
func (c *Connection) SFTP(ctx context.Context) (client *sftp.Client, release func(), err error) {
	s, ok := c.sftp.take()
	if !ok {
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
		stop := guard.OnDone(ctx, func() { _ = o.ch.Close() })
		var client *sftp.Client
		in, out := sftpfs.Limited(o.ch, o.ch)
		client, err = sftp.NewClientPipe(in, out, sftp.UseConcurrentReads(true), sftp.UseConcurrentWrites(true))
		if stop() && err == nil {
			return &sftpClient{client, p}, nil
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
