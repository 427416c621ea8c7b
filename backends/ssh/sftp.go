package ssh

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sftpfs"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// idleSFTP is how long an SFTP client that nobody uses is kept: opening one takes
// three round trips.
const idleSFTP = 20 * time.Second

// sftpClient is an SFTP client with its session.
type sftpClient struct {
	*sftp.Client
	process *sshconn.Process
}

// Process makes it a session.
func (s *sftpClient) Process() *sshconn.Process { return s.process }

// SFTP returns an SFTP client, the caller's alone until release. Each has a channel
// (and a window of 2 MiB) of its own: ask for several to go faster over a long distance. It
// waits while all sessions are in use. A lost connection shows as errors of the client;
// Lost recognises them.
func (h *Host) SFTP(ctx context.Context) (client *sftp.Client, release func(), err error) {
	s, ok := h.sftp.Take()
	if !ok {
		if s, err = h.openSFTP(ctx); err != nil {
			return nil, nil, err
		}
	}
	var once sync.Once
	return s.Client, func() { once.Do(func() { h.sftp.Put(s) }) }, nil
}

func (h *Host) openSFTP(ctx context.Context) (*sftpClient, error) {
	p, err := h.Subsystem(ctx, "sftp")
	switch {
	case errors.Is(err, sshconn.ErrNoSubsystem):
		return nil, h.noSFTP()
	case err != nil:
		return nil, err
	}
	client, err := startSFTP(ctx, p)
	if err == nil {
		return &sftpClient{client, p}, nil
	}
	ended := p.Ended()
	p.Close()
	switch {
	case ctx.Err() != nil:
		return nil, core.ContextError(ctx, "opening SFTP")
	case p.Login().Dropped():
		return nil, p.Login().Lost()
	case !ended:
		return nil, core.Errorf(core.KindEngineError, "SFTP on %s does not work: %w", p.Login().Settings().Alias, err)
	}
	return nil, h.noSFTP()
}

func startSFTP(ctx context.Context, p *sshconn.Process) (*sftp.Client, error) {
	guard.Go(func() { _, _ = io.Copy(io.Discard, p.Stderr()) }, nil)
	stop := guard.OnDone(ctx, func() { _ = p.Channel().Close() })
	in, out := sftpfs.Limited(p.Channel(), p.Channel())
	client, err := sftp.NewClientPipe(in, out, sftp.UseConcurrentReads(true), sftp.UseConcurrentWrites(true))
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	return client, err
}

func (h *Host) noSFTP() error {
	return core.Errorf(core.KindEngineError, "the sshd of %s has no SFTP: add \"Subsystem sftp internal-sftp\" to its sshd_config", h.opts.Target.Host).With("reason", "no_sftp")
}
