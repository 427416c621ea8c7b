package bridge

import (
	"context"
	"maps"

	"github.com/proboscis/ml_nexus_go/core"
)

// table is every method of mlng_submit.
func (b *Bridge) table() map[string]method {
	t := map[string]method{
		"client.open":      {run: b.clientOpen, noClient: true},
		"client.close":     {run: b.clientClose},
		"client.close_all": {run: b.closeAll, noClient: true},

		"process.name": {run: processName, noClient: true},
		"process.gone": {run: processGone, noClient: true},

		"system.ping":    query(core.DockerClient.Ping),
		"system.info":    query(core.DockerClient.Info),
		"system.version": query(core.DockerClient.Version),

		"container.run":                streaming(core.DockerClient.Run),
		"container.start":              command(core.DockerClient.Start),
		"container.stop":               command(core.DockerClient.Stop),
		"container.restart":            command(core.DockerClient.Restart),
		"container.kill":               command(core.DockerClient.Kill),
		"container.remove":             command(core.DockerClient.Remove),
		"container.wait":               unary(core.DockerClient.Wait),
		"container.wait_until_running": command(core.DockerClient.WaitUntilRunning),
		"container.rename":             command(core.DockerClient.Rename),
		"container.resize":             command(core.DockerClient.Resize),
		"container.inspect":            unary(core.DockerClient.Inspect),
		"container.list":               query(core.DockerClient.List),
		"container.state":              unary(core.DockerClient.State),
		"container.orphans":            query(core.DockerClient.ListOrphans),
		"container.marked_orphans":     unary(core.DockerClient.ListMarkedOrphans),
		"container.reap":               unary(core.DockerClient.Reap),
		"container.logs":               streaming(logs),

		"container.exec":          streaming(core.DockerClient.Exec),
		"container.reattach_exec": streaming(core.DockerClient.ReattachExec),
		"container.exec_resize":   command(core.DockerClient.ExecResize),
		"container.exec_signal":   command(core.DockerClient.ExecSignal),

		"container.copy_to":   transfer(core.DockerClient.CopyTo),
		"container.copy_from": transfer(core.DockerClient.CopyFrom),
		"container.mkdir":     command(core.DockerClient.MkdirIn),

		"host.upload":   transfer(core.DockerClient.Upload),
		"host.download": transfer(core.DockerClient.Download),
		"host.delete":   unary(core.DockerClient.Delete),
		"host.mkdir":    command(core.DockerClient.Mkdir),
		"host.sync":     transfer(core.DockerClient.Sync),

		"image.exists":  unary(imageExists),
		"image.list":    query(core.DockerClient.ImageList),
		"image.tag":     command(core.DockerClient.ImageTag),
		"image.remove":  unary(core.DockerClient.ImageRemove),
		"image.pull":    watched(core.DockerClient.ImagePull),
		"image.push":    watched(core.DockerClient.ImagePush),
		"image.login":   unary(core.DockerClient.Login),
		"image.save":    streaming(core.DockerClient.ImageSave),
		"image.load":    streaming(core.DockerClient.ImageLoad),
		"image.history": unary(core.DockerClient.ImageHistory),
		"image.inspect": unary(core.DockerClient.ImageInspect),
		"image.prune":   unary(core.DockerClient.ImagesPrune),
		"image.build":   streaming(core.DockerClient.ImageBuild),

		"image.transfer": {run: b.imageTransfer},
	}
	maps.Copy(t, b.debugTable())
	return t
}

func logs(client core.DockerClient, ctx context.Context, request core.LogsRequest, s core.Streams) (nothing, error) {
	return nothing{}, client.Logs(ctx, request, s)
}

type existsResult struct {
	Exists bool `json:"exists"`
}

func imageExists(client core.DockerClient, ctx context.Context, request core.ImageRequest) (existsResult, error) {
	exists, err := client.ImageExists(ctx, request)
	return existsResult{exists}, err
}

type openResult struct {
	Client uint64 `json:"client"`
}

func (b *Bridge) clientOpen(ctx context.Context, c *call) (any, error) {
	request, err := decode[core.OpenRequest](c)
	if err != nil {
		return nil, err
	}
	box := &warningBox{}
	request.Warn = box.add
	client, err := b.registry.Open(ctx, request)
	if err != nil {
		return nil, err
	}
	b.warnings.boxes.Store(client, box)
	handle := b.clients.add(client)
	b.open.add(handle)
	return openResult{handle}, nil
}

func (b *Bridge) clientClose(ctx context.Context, c *call) (any, error) {
	return nothing{}, b.closeClient(ctx, c.clientHandle)
}

// transferRequest names the other client by its handle.
type transferRequest struct {
	core.ImageTransferRequest
	To uint64 `json:"to"`
}

func (b *Bridge) imageTransfer(ctx context.Context, c *call) (any, error) {
	request, err := decode[transferRequest](c)
	if err != nil {
		return nil, err
	}
	to, ok := b.clients.get(request.To)
	if !ok {
		return nil, core.Errorf(core.KindClientClosed, "the client to transfer to is closed").With("handle", "to")
	}
	return c.client.ImageTransfer(ctx, request.ImageTransferRequest, to, c.op.event)
}
