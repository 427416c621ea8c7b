package protocol

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

var _ hostfiles.Tree = (*Client)(nil)

// ReadDir implements hostfiles.Tree.
func (c *Client) ReadDir(ctx context.Context, folder string) ([]hostfiles.Entry, error) {
	p, last, err := c.call(ctx, request(opReadDir, folder))
	if err != nil {
		return nil, err
	}
	p.list.add(last.payload)
	if p.list.failed != nil {
		return nil, p.list.failed.With("path", folder)
	}
	return p.list.entries, nil
}

// Lstat implements hostfiles.Tree.
func (c *Client) Lstat(ctx context.Context, path string) (hostfiles.Entry, error) {
	r, err := c.ask(ctx, request(opLstat, path))
	return r.entry(), err
}

// Mkdir implements hostfiles.Tree.
func (c *Client) Mkdir(ctx context.Context, path string) error {
	_, err := c.ask(ctx, request(opMkdir, path))
	return err
}

// Symlink implements hostfiles.Tree.
func (c *Client) Symlink(ctx context.Context, target, path string) error {
	_, err := c.ask(ctx, request(opSymlink, target, path))
	return err
}

// Link implements hostfiles.Tree.
func (c *Client) Link(ctx context.Context, from, to string) error {
	_, err := c.ask(ctx, request(opLink, from, to))
	return err
}

// Rename implements hostfiles.Tree.
func (c *Client) Rename(ctx context.Context, from, to string) error {
	_, err := c.ask(ctx, request(opRename, from, to))
	return err
}

// Remove implements hostfiles.Tree.
func (c *Client) Remove(ctx context.Context, path string, isFolder bool) error {
	f := request(opRemove, path)
	if isFolder {
		f.number(1)
	} else {
		f.number(0)
	}
	_, err := c.ask(ctx, f)
	return err
}

// Set implements hostfiles.Tree.
func (c *Client) Set(ctx context.Context, path string, have, want *hostfiles.Entry) error {
	f := request(opSet, path)
	f.entryOrNil(have)
	f.entry(want)
	_, err := c.ask(ctx, f)
	return err
}

// Close implements hostfiles.Tree; the agent keeps running.
func (c *Client) Close() error { return nil }

// Hold has a temporary file, which somebody else is about to write, removed when this
// client is gone before the file was renamed or removed.
func (c *Client) Hold(ctx context.Context, path string) error {
	_, err := c.ask(ctx, request(opHold, path))
	return err
}

// Adopt sets the attributes of a file that somebody else wrote; it must have the size.
func (c *Client) Adopt(ctx context.Context, path string, want *hostfiles.Entry) error {
	f := request(opAdopt, path)
	f.entry(want)
	_, err := c.ask(ctx, f)
	return err
}

// Mounts are the mount points that the agent sees, as absolute paths of its container.
func (c *Client) Mounts(ctx context.Context) ([]string, error) {
	r, err := c.ask(ctx, request(opMounts))
	if err != nil {
		return nil, err
	}
	var mounts []string
	for len(r.rest) > 0 {
		mounts = append(mounts, r.text())
	}
	return mounts, nil
}
