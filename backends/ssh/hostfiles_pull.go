package ssh

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/ssh/loginshell"
	"github.com/proboscis/ml_nexus_go/backends/ssh/rsync"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
)

// SyncFrom implements core.HostFiles.
func (h *hostFiles) SyncFrom(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	if !h.noRsync.Load() {
		report, err := hostfiles.New(&pullFS{FileSystem: h.host.fileSystem(), host: h.host}, localfs.FS{}).SyncFrom(ctx, req, progress)
		if !errors.Is(err, rsync.ErrNoGreeting) {
			return report, err
		}
		h.noRsync.Store(true)
	}
	return h.Files.SyncFrom(ctx, req, progress)
}

// pullFS is the host's file system over SFTP, except that its trees come from the host's
// rsync.
type pullFS struct {
	hostfiles.FileSystem
	host *Host
}

// Features implements hostfiles.FileSystem.
func (f *pullFS) Features(ctx context.Context) (hostfiles.Features, error) {
	features, err := f.FileSystem.Features(ctx)
	features.Way = "rsync"
	return features, err
}

// Tree implements hostfiles.FileSystem.
func (f *pullFS) Tree(_ context.Context, root string) (hostfiles.Tree, error) {
	return &pullTree{fs: f.FileSystem, host: f.host, root: root}, nil
}

// pullTree is a tree that the host's rsync sends: a hostfiles.Batch, and nothing else.
type pullTree struct {
	fs      hostfiles.FileSystem // over SFTP
	host    *Host
	root    string
	process *sshconn.Process
	session *rsync.Receiver

	mu             sync.Mutex
	hostfiles.Tree // over SFTP, once it is needed
}

// exitNoSource is our command's exit code if the source is not there any more.
const exitNoSource = 74

// List implements hostfiles.Batch.
func (t *pullTree) List(ctx context.Context, opts hostfiles.ListOptions) (hostfiles.Listing, error) {
	o := &rsync.ReceiveOptions{
		Rules:     append([]string{"- " + hostfiles.TempPattern}, opts.Rules.Text()...),
		HardLinks: opts.HardLinks, Checksum: opts.Checksum, Issues: opts.Issues, Source: t.root,
	}
	if err := t.begin(ctx, o, opts.Only); err != nil {
		return hostfiles.Listing{}, err
	}
	entries, complete, err := t.session.List()
	if err != nil {
		return hostfiles.Listing{}, t.fault(ctx, err)
	}
	l := hostfiles.Listing{Entries: entries[:0], Complete: complete}
	for _, e := range entries {
		if e.Path != "" {
			l.Entries = append(l.Entries, e)
		} else if e.Type == hostfiles.Folder {
			l.Root = &e
		}
	}
	if opts.Checksum {
		l.Sum, l.Hash = t.session.Sum, t.session.Hash
	}
	return l, nil
}

// begin starts the host's rsync, for the whole tree or only one file of it.
func (t *pullTree) begin(ctx context.Context, o *rsync.ReceiveOptions, only string) error {
	line := "set -- " + loginshell.Quote(strings.TrimSuffix(t.root, "/")) + " " + loginshell.Quote(only) +
		`; cd "$1/" || exit 74; exec ` + strings.Join(rsync.SenderCommand(o), " ") + ` "$1/$2"`
	for {
		p, ready, err := t.host.shells.Run(ctx, line)
		if err != nil {
			return err
		}
		o.Abandon, t.process = p.Close, p
		t.session, err = rsync.Begin(ctx, o, p.Stdout(), p.Stdin(), p.Stderr())
		if err == nil {
			return nil
		}
		again := ready && errors.Is(err, rsync.ErrNoGreeting)
		if err = t.fault(ctx, err); !again {
			return err
		}
	}
}

// SendAll implements hostfiles.Batch.
func (t *pullTree) SendAll(ctx context.Context, wanted []hostfiles.Wanted, take func(i int, content hostfiles.Content) error) error {
	stopped, err := t.session.Receive(wanted, take)
	if stopped != nil || err == nil {
		return stopped
	}
	return t.fault(ctx, err)
}

// fault returns the typed error of a session that failed. A sender has nothing to undo: it
// is only waited for where it may have ended.
func (t *pullTree) fault(ctx context.Context, err error) error {
	ends := errors.Is(err, rsync.ErrNoGreeting) || errors.Is(err, io.ErrUnexpectedEOF)
	if ctx.Err() != nil || !ends {
		t.process.Close()
	}
	code, err := t.host.rsyncFault(ctx, t.process, err)
	if errors.Is(err, rsync.ErrNoGreeting) && code == exitNoSource {
		return core.Errorf(core.KindPathNotFound, "there is no folder %s that can be read", t.root).With("path", t.root)
	}
	return err
}

// Lstat implements hostfiles.Tree, over SFTP.
func (t *pullTree) Lstat(ctx context.Context, path string) (hostfiles.Entry, error) {
	looking, err := t.looking(ctx)
	if err != nil {
		return hostfiles.Entry{}, err
	}
	return looking.Lstat(ctx, path)
}

// looking opens the tree by SFTP when it is first needed.
func (t *pullTree) looking(ctx context.Context) (hostfiles.Tree, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Tree == nil {
		tree, err := t.fs.Tree(ctx, t.root)
		if err != nil {
			return nil, err
		}
		t.Tree = tree
	}
	return t.Tree, nil
}

// Close implements hostfiles.Tree.
func (t *pullTree) Close() error {
	if t.session != nil {
		t.session.Close()
		t.host.shells.Prepare()
	}
	if t.process != nil {
		t.process.Close()
	}
	if t.Tree != nil {
		return t.Tree.Close()
	}
	return nil
}
