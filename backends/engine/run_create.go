package engine

import (
	"bytes"
	"context"
	"fmt"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/attach"
	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// runSpec is a run as parsed by docker's parser, and its container.
type runSpec struct {
	attach.Container
	detach, remove bool
	interactive    bool // as its options say
	name           string
	argv           []string
	warnings       []string
	create         func(ctx context.Context) error
	created        bool // the container was created, whatever failed after that
	outlives       bool // once started, it goes on when the caller goes
	left           bool // it was started, and outlives its caller
}

// newRunSpec returns the runSpec of a run whose container is yet to be created.
func newRunSpec(run *cliopts.Run) *runSpec {
	config := run.Config
	return &runSpec{
		Container: attach.Container{
			TTY: config.Tty, Stdin: config.AttachStdin, Stdout: config.AttachStdout, Stderr: config.AttachStderr, DetachKeys: run.DetachKeys,
		},
		detach: run.Detach, interactive: run.Interactive, remove: run.Host.AutoRemove, name: run.Name, argv: config.Cmd,
	}
}

// createContainer parses the options and creates the container, pulling the image if the
// options say so.
func (e *Engine) createContainer(ctx context.Context, req core.RunRequest, input bool, runID string, event func(any)) (*runSpec, error) {
	run, err := e.parseRun(ctx, req, input)
	if err != nil {
		return nil, err
	}
	pulls := pullPolicy{Pull: run.Pull, event: event, environ: req.Environ}
	spec, err := e.createParsed(ctx, run, pulls, runID, !run.Detach && !req.Outlives)
	if spec != nil {
		spec.outlives = req.Outlives
	}
	return spec, err
}

// createParsed creates the container. It is attached if its program will wait for it.
func (e *Engine) createParsed(ctx context.Context, run *cliopts.Run, pulls pullPolicy, runID string, attached bool) (*runSpec, error) {
	idFile, err := openIDFile(run.CIDFile)
	if err != nil {
		return nil, err
	}
	defer idFile.close()
	spec := newRunSpec(run)
	e.complete(run, runID, attached)
	spec.create = func(ctx context.Context) error {
		response, err := pulls.creating(ctx, e, run.Config.Image, func() (container.CreateResponse, error) {
			long, cancel := session.Outlive(ctx)
			defer cancel()
			return e.createOnce(long, runID, func(ctx context.Context) (container.CreateResponse, error) {
				return e.api.ContainerCreate(ctx, run.Config, run.Host, run.Network, run.Platform, run.Name)
			})
		})
		if spec.created = err == nil; spec.created {
			spec.ID, spec.warnings = response.ID, response.Warnings
			err = idFile.write(response.ID)
		}
		if err == nil && run.Files != nil {
			err = e.unpackFiles(ctx, response.ID, run.Files)
		}
		return err
	}
	return spec, spec.create(ctx)
}

// unpackFiles puts files that the options ask for into a new container.
func (e *Engine) unpackFiles(ctx context.Context, id string, files []byte) error {
	err := e.api.CopyToContainer(ctx, id, "/", bytes.NewReader(files), container.CopyToContainerOptions{})
	if err != nil {
		return fmt.Errorf("copying docker's config.json into the container: %w", err)
	}
	return nil
}
