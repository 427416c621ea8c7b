package hostfiles

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// copying is an upload or a download.
type copying struct {
	*Job
	from, to            FileSystem
	source, destination string
	verify              bool
	sum                 string
	folderHere          string // where a download writes to
}

func (c *copying) run(ctx context.Context) (core.HostCopyResult, error) {
	var place string
	err := c.Persist(ctx, func() (err error) {
		place, err = c.attempt(ctx)
		return err
	})
	c.Meter.End()
	result := core.HostCopyResult{Files: c.files, Bytes: c.bytes, Path: place, SHA256: c.sum, Seconds: c.seconds()}
	result.Issues, _ = c.Issues.List()
	if err == nil {
		err = c.Issues.Err()
	}
	return result, fileerr.At(c.destination, err)
}

func (c *copying) attempt(ctx context.Context) (place string, err error) {
	source, err := c.from.Resolve(ctx, c.source)
	if err != nil {
		return "", fileerr.At(c.source, err)
	}
	what, err := c.from.Stat(ctx, source)
	if err != nil {
		return "", fileerr.At(c.source, err)
	}
	switch what.Type {
	case Folder:
		place = path.Clean(c.destination)
		return place, c.folder(ctx, source, place, what)
	case File:
		return c.file(ctx, source, what)
	}
	return "", core.Errorf(core.KindInvalidArgument, "%s is neither a file nor a folder", c.source).With("path", c.source)
}

func (c *copying) folder(ctx context.Context, source, destination string, root Entry) error {
	c.folderHere = destination
	t := &transfer{Job: c.Job, from: c.from, to: c.to, source: source, destination: destination, root: root, verify: c.verify}
	return t.run(ctx)
}

// file copies into the destination if that is a folder, and to that name otherwise.
func (c *copying) file(ctx context.Context, source string, what Entry) (string, error) {
	place := path.Clean(c.destination)
	if to, can := c.to.(Expecter); can {
		if strings.HasSuffix(c.destination, "/") {
			to.Expect(ctx, place)
		} else {
			to.Expect(ctx, path.Dir(place))
		}
	}
	there, err := c.to.Stat(ctx, place)
	switch {
	case err == nil && there.Type == Folder, fileerr.IsAbsent(err) && strings.HasSuffix(c.destination, "/"):
		place = path.Join(place, path.Base(path.Clean(c.source)))
	case err == nil && strings.HasSuffix(c.destination, "/"):
		return "", notFolder(c.destination)
	case err != nil && !fileerr.IsAbsent(err):
		return "", fileerr.At(place, err)
	}
	folder, name := path.Split(place)
	c.folderHere = folder
	if err := c.to.MkdirAll(ctx, path.Clean(folder)); err != nil {
		return "", fileerr.At(folder, err)
	}
	t := &transfer{Job: c.Job, from: c.from, to: c.to, source: source, destination: folder, verify: c.verify}
	what.Path = name
	err = t.runFile(ctx, what, false)
	c.sum = t.sum
	var problem sourceProblem
	if errors.As(err, &problem) {
		return "", fileerr.At(c.source, problem.error)
	}
	return place, fileerr.At(place, err)
}
