package hostfs

import (
	"context"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// do asks the agent.
func (t *tree) do(ctx context.Context, ask func(c *protocol.Client) error) error {
	c, err := t.client(ctx)
	if err != nil {
		return err
	}
	return ask(c)
}

// Lstat implements hostfiles.Tree. Before the agent has started, the engine may know that
// nothing exists there.
func (t *tree) Lstat(ctx context.Context, path string) (e hostfiles.Entry, err error) {
	if t.isAbsent(ctx, path) {
		return e, syscall.ENOENT
	}
	err = t.do(ctx, func(c *protocol.Client) error { e, err = c.Lstat(ctx, path); return err })
	return e, err
}

func (t *tree) isAbsent(ctx context.Context, path string) bool {
	select {
	case <-t.started:
		return false
	default:
	}
	folder, name := hostfiles.Split(path)
	id, err := t.bulkContainer(ctx)
	if err != nil || folder != "" || name == "" {
		return false
	}
	_, err = t.fs.statIn(ctx, id, mounted+"/"+name)
	return cerrdefs.IsNotFound(err)
}

// ReadDir implements hostfiles.Tree.
func (t *tree) ReadDir(ctx context.Context, folder string) (entries []hostfiles.Entry, err error) {
	err = t.do(ctx, func(c *protocol.Client) error { entries, err = c.ReadDir(ctx, folder); return err })
	return entries, err
}

// Open implements hostfiles.Tree.
func (t *tree) Open(ctx context.Context, path string) (r hostfiles.Reader, err error) {
	err = t.do(ctx, func(c *protocol.Client) error { r, err = c.Open(ctx, path); return err })
	if err != nil {
		return nil, err
	}
	return &reader{Reader: r, tree: t, path: path}, nil
}

// Create implements hostfiles.Tree.
func (t *tree) Create(ctx context.Context, path string) (w hostfiles.Writer, err error) {
	err = t.do(ctx, func(c *protocol.Client) error { w, err = c.Create(ctx, path); return err })
	return w, err
}

// Reopen implements hostfiles.Tree.
func (t *tree) Reopen(ctx context.Context, path string) (w hostfiles.Writer, err error) {
	err = t.do(ctx, func(c *protocol.Client) error { w, err = c.Reopen(ctx, path); return err })
	return w, err
}

// Mkdir implements hostfiles.Tree.
func (t *tree) Mkdir(ctx context.Context, path string) error {
	return t.do(ctx, func(c *protocol.Client) error { return c.Mkdir(ctx, path) })
}

// Symlink implements hostfiles.Tree.
func (t *tree) Symlink(ctx context.Context, target, path string) error {
	return t.do(ctx, func(c *protocol.Client) error { return c.Symlink(ctx, target, path) })
}

// Link implements hostfiles.Tree.
func (t *tree) Link(ctx context.Context, from, to string) error {
	return t.do(ctx, func(c *protocol.Client) error { return c.Link(ctx, from, to) })
}

// Rename implements hostfiles.Tree.
func (t *tree) Rename(ctx context.Context, from, to string) error {
	return t.do(ctx, func(c *protocol.Client) error { return c.Rename(ctx, from, to) })
}

// Remove implements hostfiles.Tree.
func (t *tree) Remove(ctx context.Context, path string, isFolder bool) error {
	return t.do(ctx, func(c *protocol.Client) error { return c.Remove(ctx, path, isFolder) })
}

// Set implements hostfiles.Tree.
func (t *tree) Set(ctx context.Context, path string, have, want *hostfiles.Entry) error {
	return t.do(ctx, func(c *protocol.Client) error { return c.Set(ctx, path, have, want) })
}

func (t *tree) mounts(ctx context.Context) (mounts []string, err error) {
	err = t.do(ctx, func(c *protocol.Client) error { mounts, err = c.Mounts(ctx); return err })
	return mounts, err
}

// Close implements hostfiles.Tree; the agent keeps running until the end of the operation.
func (t *tree) Close() error { return nil }
