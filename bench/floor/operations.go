package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/moby/go-archive"
)

func exec(ctx context.Context, c *client.Client, r request) error {
	created, err := c.ContainerExecCreate(ctx, r.Container, container.ExecOptions{Cmd: r.Command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return err
	}
	stream, err := c.ContainerExecAttach(ctx, created.ID, container.ExecStartOptions{})
	if err != nil {
		return err
	}
	defer stream.Close()
	if _, err := stdcopy.StdCopy(io.Discard, io.Discard, stream.Reader); err != nil {
		return err
	}
	info, err := c.ContainerExecInspect(ctx, created.ID)
	return firstError(err, info.ExitCode)
}

// run does docker run --rm as docker's command does.
func run(ctx context.Context, c *client.Client, r request) error {
	created, err := c.ContainerCreate(ctx, &container.Config{Image: r.Image, Cmd: r.Command, AttachStdout: true, AttachStderr: true},
		&container.HostConfig{AutoRemove: true}, nil, nil, "")
	if err != nil {
		return err
	}
	stream, err := c.ContainerAttach(ctx, created.ID, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return err
	}
	defer stream.Close()
	ended, failed := c.ContainerWait(ctx, created.ID, container.WaitConditionRemoved)
	if err := c.ContainerStart(ctx, created.ID, container.StartOptions{}); err != nil {
		return err
	}
	if _, err := stdcopy.StdCopy(io.Discard, io.Discard, stream.Reader); err != nil {
		return err
	}
	select {
	case end := <-ended:
		return firstError(nil, int(end.StatusCode))
	case err := <-failed:
		return err
	}
}

func list(ctx context.Context, c *client.Client, _ request) error {
	_, err := c.ContainerList(ctx, container.ListOptions{All: true, Size: true})
	return err
}

// copyTo does docker cp, with the archive that docker's command makes.
func copyTo(ctx context.Context, c *client.Client, r request) error {
	info, err := archive.CopyInfoSourcePath(r.Source, false)
	if err != nil {
		return err
	}
	content, err := archive.TarResource(info)
	if err != nil {
		return err
	}
	defer content.Close()
	_, prepared, err := archive.PrepareArchiveCopy(content, info, archive.CopyInfo{Path: filepath.Clean(r.Target), Exists: true, IsDir: true})
	if err != nil {
		return err
	}
	defer prepared.Close()
	return c.CopyToContainer(ctx, r.Container, r.Target, prepared, container.CopyToContainerOptions{})
}

func firstError(err error, code int) error {
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return err
}
