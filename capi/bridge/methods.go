package bridge

import (
	"context"
	"maps"

	"github.com/proboscis/ml_nexus_go/core"
)

// table is every method of mlng_submit, with the name of its operation in the public API.
func (b *Bridge) table() map[string]method {
	t := map[string]method{
		"client.open":      ofNoClient(typed("", b.clientOpen)),
		"client.close":     bare("", b.clientClose),
		"client.close_all": ofNoClient(bare("", b.closeAll)),

		"process.name": ofNoClient(bare("", processName)),
		"process.gone": ofNoClient(typed("", processGone)),

		"options.read": ofNoClient(typed("", b.readOptions)),

		"system.ping":    query("ping", core.DockerClient.Ping),
		"system.info":    query("info", core.DockerClient.Info),
		"system.version": query("version", core.DockerClient.Version),
		"system.events":  streaming("events", events),

		"system.host_facts":        unary("gpus", core.DockerClient.HostFacts),
		"system.disk_usage":        query("disk_usage", core.DockerClient.DiskUsage),
		"system.build_cache":       query("build_cache", core.DockerClient.BuildCache),
		"system.prune_build_cache": unary("prune_build_cache", core.DockerClient.BuildCachePrune),
		"system.prune":             unary("prune_system", core.DockerClient.SystemPrune),

		"container.run":                streaming("run_container", core.DockerClient.Run),
		"container.attach":             streaming("attach_container", core.DockerClient.Attach),
		"container.create":             watched("create_container", core.DockerClient.Create),
		"container.start":              command("start_container", core.DockerClient.Start),
		"container.stop":               command("stop_container", core.DockerClient.Stop),
		"container.restart":            command("restart_container", core.DockerClient.Restart),
		"container.kill":               command("kill_container", core.DockerClient.Kill),
		"container.remove":             command("remove_container", core.DockerClient.Remove),
		"container.wait":               unary("wait_container", core.DockerClient.Wait),
		"container.wait_until_running": command("wait_until_running", core.DockerClient.WaitUntilRunning),
		"container.rename":             command("rename_container", core.DockerClient.Rename),
		"container.resize":             command("resize_container", core.DockerClient.Resize),
		"container.pause":              command("pause_container", core.DockerClient.Pause),
		"container.unpause":            command("unpause_container", core.DockerClient.Unpause),
		"container.top":                unary("container_top", core.DockerClient.ContainerTop),
		"container.diff":               unary("container_diff", core.DockerClient.ContainerDiff),
		"container.update":             unary("update_container", core.DockerClient.ContainerUpdate),
		"container.commit":             unary("commit_container", core.DockerClient.ContainerCommit),
		"container.export":             streaming("export_container", core.DockerClient.ContainerExport),
		"container.prune":              unary("prune_containers", core.DockerClient.ContainersPrune),
		"container.ports":              unary("container_ports", core.DockerClient.ContainerPorts),
		"container.inspect":            unary("inspect_container", core.DockerClient.Inspect),
		"container.list":               query("list_containers", core.DockerClient.List),
		"container.views":              unary("containers", core.DockerClient.Containers),
		"container.details":            unary("container", core.DockerClient.Inspect),
		"container.state":              unary("container_state", core.DockerClient.State),
		"container.orphans":            query("list_orphans", core.DockerClient.ListOrphans),
		"container.marked_orphans":     unary("list_orphans", core.DockerClient.ListMarkedOrphans),
		"container.reap":               unary("reap", core.DockerClient.Reap),
		"container.logs":               streaming("container_logs", logs),
		"container.stats":              unary("container_stats", core.DockerClient.ContainerStats),
		"container.stream_stats":       reporting("stream_container_stats", core.DockerClient.StreamContainerStats),
		"container.all_stats":          reporting("stats", core.DockerClient.AllStats),

		"container.exec":          streaming("exec_container", core.DockerClient.Exec),
		"container.reattach_exec": streaming("reattach_exec", core.DockerClient.ReattachExec),
		"container.exec_resize":   command("resize", core.DockerClient.ExecResize),
		"container.exec_signal":   command("send_signal", core.DockerClient.ExecSignal),

		"container.forward": watched("forward", forward),

		"container.copy_to":   transfer("copy_to_container", core.DockerClient.CopyTo),
		"container.copy_from": transfer("copy_from_container", core.DockerClient.CopyFrom),
		"container.sync_from": transfer("sync_from_container", core.DockerClient.SyncFromContainer),
		"container.mkdir":     command("mkdir_in_container", core.DockerClient.MkdirIn),

		"container.read_file":   streaming("read_file", core.DockerClient.ReadFile),
		"container.write_file":  streaming("write_file", core.DockerClient.WriteFile),
		"container.stat_file":   unary("stat_file", core.DockerClient.StatFile),
		"container.list_files":  unary("list_files", core.DockerClient.ListFiles),
		"container.file_exists": unary("file_exists", fileExists),

		"host.upload":    transfer("upload_to_host", core.DockerClient.Upload),
		"host.download":  transfer("download_from_host", core.DockerClient.Download),
		"host.delete":    unary("delete_on_host", core.DockerClient.Delete),
		"host.mkdir":     command("mkdir_on_host", core.DockerClient.Mkdir),
		"host.sync":      transfer("sync_to_host", core.DockerClient.Sync),
		"host.sync_from": transfer("sync_from_host", core.DockerClient.SyncFrom),

		"image.exists":       unary("image_exists", imageExists),
		"image.list":         query("list_images", core.DockerClient.ImageList),
		"image.views":        unary("images", core.DockerClient.Images),
		"image.details":      unary("image", core.DockerClient.ImageInspect),
		"image.tag":          command("tag_image", core.DockerClient.ImageTag),
		"image.remove":       unary("remove_image", core.DockerClient.ImageRemove),
		"image.pull":         watched("pull_image", core.DockerClient.ImagePull),
		"image.push":         watched("push_image", core.DockerClient.ImagePush),
		"image.login":        unary("login", core.DockerClient.Login),
		"image.logout":       unary("logout", core.DockerClient.Logout),
		"image.distribution": unary("inspect_distribution", core.DockerClient.InspectDistribution),
		"image.save":         streaming("save_image", core.DockerClient.ImageSave),
		"image.load":         streaming("load_image", core.DockerClient.ImageLoad),
		"image.import":       streaming("import_image", core.DockerClient.ImageImport),
		"image.history":      unary("image_history", core.DockerClient.ImageHistory),
		"image.inspect":      unary("image_inspect", core.DockerClient.ImageInspect),
		"image.prune":        unary("prune_images", core.DockerClient.ImagesPrune),
		"image.build":        streaming("build_image", core.DockerClient.ImageBuild),

		"volume.open":    unary("open_volume", core.DockerClient.VolumeOpen),
		"volume.close":   command("open_volume", core.DockerClient.VolumeClose),
		"volume.create":  unary("create_volume", core.DockerClient.VolumeCreate),
		"volume.inspect": unary("volume", core.DockerClient.VolumeInspect),
		"volume.list":    unary("volumes", core.DockerClient.VolumeList),
		"volume.remove":  command("remove_volume", core.DockerClient.VolumeRemove),
		"volume.prune":   unary("prune_volumes", core.DockerClient.VolumesPrune),

		"network.create":     unary("create_network", core.DockerClient.NetworkCreate),
		"network.inspect":    unary("network", core.DockerClient.NetworkInspect),
		"network.list":       unary("networks", core.DockerClient.NetworkList),
		"network.remove":     command("remove_network", core.DockerClient.NetworkRemove),
		"network.connect":    command("connect_network", core.DockerClient.NetworkConnect),
		"network.disconnect": command("disconnect_network", core.DockerClient.NetworkDisconnect),
		"network.prune":      unary("prune_networks", core.DockerClient.NetworksPrune),

		"fleet.nodes":   query("nodes", core.DockerClient.Nodes),
		"fleet.waiting": query("waiting_runs", core.DockerClient.WaitingRuns),

		"image.transfer": typed("transfer_image", b.imageTransfer),

		"fleet.reserve": typed("reserve", b.reserve),
	}
	maps.Copy(t, b.debugTable())
	return t
}

func logs(client core.DockerClient, ctx context.Context, request core.LogsRequest, s core.Streams) (nothing, error) {
	return nothing{}, client.Logs(ctx, request, s)
}

func events(client core.DockerClient, ctx context.Context, request core.EventsRequest, s core.Streams) (nothing, error) {
	return nothing{}, client.Events(ctx, request, s)
}

func forward(client core.DockerClient, ctx context.Context, request core.ForwardRequest, event func(any)) (nothing, error) {
	return nothing{}, client.Forward(ctx, request, event)
}

func (b *Bridge) readOptions(_ context.Context, _ *call, request core.OptionsRequest) (core.OptionsResult, error) {
	return b.options(request)
}

// existsResult says whether there is one.
type existsResult struct {
	Exists bool `json:"exists"`
}

func imageExists(client core.DockerClient, ctx context.Context, request core.ImageRequest) (existsResult, error) {
	exists, err := client.ImageExists(ctx, request)
	return existsResult{exists}, err
}

func fileExists(client core.DockerClient, ctx context.Context, request core.FileRequest) (existsResult, error) {
	exists, err := client.FileExists(ctx, request)
	return existsResult{exists}, err
}

// openResult has the handle of a new client.
type openResult struct {
	Client uint64 `json:"client"`
}

func (b *Bridge) clientOpen(ctx context.Context, _ *call, request core.OpenRequest) (openResult, error) {
	box := &warningBox{}
	request.Warn = box.add
	client, err := b.registry.Open(ctx, request)
	if err != nil {
		return openResult{}, err
	}
	b.warnings.boxes.Store(client, box)
	handle := b.clients.add(client)
	b.open.add(handle)
	return openResult{handle}, nil
}

func (b *Bridge) clientClose(ctx context.Context, c *call) (nothing, error) {
	return nothing{}, b.closeClient(ctx, c.clientHandle)
}

// transferRequest names the other client by its handle.
type transferRequest struct {
	core.ImageTransferRequest
	To uint64 `json:"to"`
}

func (b *Bridge) imageTransfer(ctx context.Context, c *call, request transferRequest) (core.ImageTransferResult, error) {
	to, ok := b.clients.get(request.To)
	if !ok {
		return core.ImageTransferResult{}, core.Errorf(core.KindClientClosed, "the client to transfer to is closed: open another with connect()").With("handle", "to")
	}
	return c.client.ImageTransfer(ctx, request.ImageTransferRequest, to, c.op.event)
}
