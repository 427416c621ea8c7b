# Written by go run ./tools/wire. Change the Go side instead.
"""The methods of mlng_submit, each with its request and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..method import Method

if TYPE_CHECKING:
    from typing import Any

    from .bridge import (
        ExistsResult,
        GoneResult,
        Nothing,
        OpenResult,
        ProcessRequest,
        ReserveResult,
        Stats,
        TransferRequest,
    )
    from .builds import BuildRequest, BuildResult
    from .containerfiles import (
        FileEntry,
        FileRequest,
        ReadFileRequest,
        ReadFileResult,
        StatFileRequest,
        VolumeCloseRequest,
        VolumeOpenRequest,
        VolumeOpenResult,
        WriteFileRequest,
        WriteFileResult,
    )
    from .containers import (
        AttachRequest,
        ContainerChange,
        ContainerCommitRequest,
        ContainerExportRequest,
        ContainerExportResult,
        ContainerListRequest,
        ContainerPort,
        ContainerTopRequest,
        ContainerTopResult,
        ContainerUpdateRequest,
        ContainerUpdateResult,
        CreateContainerRequest,
        CreateContainerResult,
        PruneContainersRequest,
        PruneContainersResult,
    )
    from .engine_events import EventsRequest
    from .hostfiles_requests import (
        DownloadRequest,
        HostDeleteRequest,
        HostMkdirRequest,
        SyncFromContainerRequest,
        SyncRequest,
        UploadRequest,
    )
    from .hostfiles_results import HostCopyResult, HostDeleteResult, SyncReport
    from .images import (
        DistributionRequest,
        HistoryRequest,
        ImageTransferResult,
        ImportRequest,
        LoadRequest,
        LoadResult,
        LoginRequest,
        LoginResult,
        LogoutRequest,
        LogoutResult,
        NewImage,
        PruneImagesRequest,
        PruneImagesResult,
        PullRequest,
        PullResult,
        PushRequest,
        PushResult,
        SaveRequest,
        SaveResult,
    )
    from .networks import (
        ForwardRequest,
        NetworkConnectRequest,
        NetworkCreateRequest,
        NetworkDisconnectRequest,
        NetworkListRequest,
        NetworkRequest,
        NetworksPruneRequest,
        NetworksPruneResult,
    )
    from .options import OptionsRequest, OptionsResult
    from .registry import OpenRequest, ReserveRequest
    from .requests import (
        CommandResult,
        ContainerRequest,
        CopyFromRequest,
        CopyResult,
        CopyToRequest,
        ExecRequest,
        ExecResizeRequest,
        ExecSignalRequest,
        ImageInspectRequest,
        ImageListRequest,
        ImageRemoveRequest,
        ImageRemoveResult,
        ImageRequest,
        ImageTagRequest,
        KillRequest,
        LogsRequest,
        MarkedOrphansRequest,
        MkdirInRequest,
        Orphan,
        PingResult,
        ReapRequest,
        ReattachExecRequest,
        RemoveRequest,
        RenameRequest,
        ResizeRequest,
        RunRequest,
        StateResult,
        StopRequest,
        WaitResult,
    )
    from .stats import ContainerStats, StatsRequest
    from .system import (
        BuildCachePruneRequest,
        BuildCachePruneResult,
        FleetNode,
        HostFactsRequest,
        HostFactsResult,
        SystemPruneRequest,
        SystemPruneResult,
        WaitingRun,
    )
    from .volumes import (
        VolumeCreateRequest,
        VolumeListRequest,
        VolumeRemoveRequest,
        VolumeRequest,
        VolumesPruneRequest,
        VolumesPruneResult,
    )

CLIENT_CLOSE: Method[Nothing, Nothing] = Method(b"client.close")
CLIENT_CLOSE_ALL: Method[Nothing, Nothing] = Method(b"client.close_all")
CLIENT_OPEN: Method[OpenRequest, OpenResult] = Method(b"client.open")
CONTAINER_ALL_STATS: Method[StatsRequest, Nothing] = Method(b"container.all_stats", "stats")
CONTAINER_ATTACH: Method[AttachRequest, CommandResult] = Method(b"container.attach", "attach_container")
CONTAINER_COMMIT: Method[ContainerCommitRequest, NewImage] = Method(b"container.commit", "commit_container")
CONTAINER_COPY_FROM: Method[CopyFromRequest, CopyResult] = Method(b"container.copy_from", "copy_from_container")
CONTAINER_COPY_TO: Method[CopyToRequest, CopyResult] = Method(b"container.copy_to", "copy_to_container")
CONTAINER_CREATE: Method[CreateContainerRequest, CreateContainerResult] = Method(
    b"container.create", "create_container"
)
CONTAINER_DETAILS: Method[ContainerRequest, Any] = Method(b"container.details", "container")
CONTAINER_DIFF: Method[ContainerRequest, list[ContainerChange]] = Method(b"container.diff", "container_diff")
CONTAINER_EXEC: Method[ExecRequest, CommandResult] = Method(b"container.exec", "exec_container")
CONTAINER_EXEC_RESIZE: Method[ExecResizeRequest, Nothing] = Method(b"container.exec_resize", "resize")
CONTAINER_EXEC_SIGNAL: Method[ExecSignalRequest, Nothing] = Method(b"container.exec_signal", "send_signal")
CONTAINER_EXPORT: Method[ContainerExportRequest, ContainerExportResult] = Method(
    b"container.export", "export_container"
)
CONTAINER_FILE_EXISTS: Method[FileRequest, ExistsResult] = Method(b"container.file_exists", "file_exists")
CONTAINER_FORWARD: Method[ForwardRequest, Nothing] = Method(b"container.forward", "forward")
CONTAINER_INSPECT: Method[ContainerRequest, Any] = Method(b"container.inspect", "inspect_container")
CONTAINER_KILL: Method[KillRequest, Nothing] = Method(b"container.kill", "kill_container")
CONTAINER_LIST: Method[Nothing, list[Any]] = Method(b"container.list", "list_containers")
CONTAINER_LIST_FILES: Method[FileRequest, list[FileEntry]] = Method(b"container.list_files", "list_files")
CONTAINER_LOGS: Method[LogsRequest, Nothing] = Method(b"container.logs", "container_logs")
CONTAINER_MARKED_ORPHANS: Method[MarkedOrphansRequest, list[Orphan]] = Method(
    b"container.marked_orphans", "list_orphans"
)
CONTAINER_MKDIR: Method[MkdirInRequest, Nothing] = Method(b"container.mkdir", "mkdir_in_container")
CONTAINER_ORPHANS: Method[Nothing, list[Orphan]] = Method(b"container.orphans", "list_orphans")
CONTAINER_PAUSE: Method[ContainerRequest, Nothing] = Method(b"container.pause", "pause_container")
CONTAINER_PORTS: Method[ContainerRequest, list[ContainerPort]] = Method(b"container.ports", "container_ports")
CONTAINER_PRUNE: Method[PruneContainersRequest, PruneContainersResult] = Method(b"container.prune", "prune_containers")
CONTAINER_READ_FILE: Method[ReadFileRequest, ReadFileResult] = Method(b"container.read_file", "read_file")
CONTAINER_REAP: Method[ReapRequest, list[Orphan]] = Method(b"container.reap", "reap")
CONTAINER_REATTACH_EXEC: Method[ReattachExecRequest, CommandResult] = Method(
    b"container.reattach_exec", "reattach_exec"
)
CONTAINER_REMOVE: Method[RemoveRequest, Nothing] = Method(b"container.remove", "remove_container")
CONTAINER_RENAME: Method[RenameRequest, Nothing] = Method(b"container.rename", "rename_container")
CONTAINER_RESIZE: Method[ResizeRequest, Nothing] = Method(b"container.resize", "resize_container")
CONTAINER_RESTART: Method[StopRequest, Nothing] = Method(b"container.restart", "restart_container")
CONTAINER_RUN: Method[RunRequest, CommandResult] = Method(b"container.run", "run_container")
CONTAINER_START: Method[ContainerRequest, Nothing] = Method(b"container.start", "start_container")
CONTAINER_STAT_FILE: Method[StatFileRequest, FileEntry] = Method(b"container.stat_file", "stat_file")
CONTAINER_STATE: Method[ContainerRequest, StateResult] = Method(b"container.state", "container_state")
CONTAINER_STATS: Method[ContainerRequest, ContainerStats] = Method(b"container.stats", "container_stats")
CONTAINER_STOP: Method[StopRequest, Nothing] = Method(b"container.stop", "stop_container")
CONTAINER_STREAM_STATS: Method[ContainerRequest, Nothing] = Method(b"container.stream_stats", "stream_container_stats")
CONTAINER_SYNC_FROM: Method[SyncFromContainerRequest, SyncReport] = Method(
    b"container.sync_from", "sync_from_container"
)
CONTAINER_TOP: Method[ContainerTopRequest, ContainerTopResult] = Method(b"container.top", "container_top")
CONTAINER_UNPAUSE: Method[ContainerRequest, Nothing] = Method(b"container.unpause", "unpause_container")
CONTAINER_UPDATE: Method[ContainerUpdateRequest, ContainerUpdateResult] = Method(
    b"container.update", "update_container"
)
CONTAINER_VIEWS: Method[ContainerListRequest, Any] = Method(b"container.views", "containers")
CONTAINER_WAIT: Method[ContainerRequest, WaitResult] = Method(b"container.wait", "wait_container")
CONTAINER_WAIT_UNTIL_RUNNING: Method[ContainerRequest, Nothing] = Method(
    b"container.wait_until_running", "wait_until_running"
)
CONTAINER_WRITE_FILE: Method[WriteFileRequest, WriteFileResult] = Method(b"container.write_file", "write_file")
DEBUG_ECHO: Method[Any, Any] = Method(b"debug.echo")
DEBUG_PANIC: Method[Nothing, Nothing] = Method(b"debug.panic")
DEBUG_STATS: Method[Nothing, Stats] = Method(b"debug.stats")
FLEET_NODES: Method[Nothing, list[FleetNode]] = Method(b"fleet.nodes", "nodes")
FLEET_RESERVE: Method[ReserveRequest, ReserveResult] = Method(b"fleet.reserve", "reserve")
FLEET_WAITING: Method[Nothing, list[WaitingRun]] = Method(b"fleet.waiting", "waiting_runs")
HOST_DELETE: Method[HostDeleteRequest, HostDeleteResult] = Method(b"host.delete", "delete_on_host")
HOST_DOWNLOAD: Method[DownloadRequest, HostCopyResult] = Method(b"host.download", "download_from_host")
HOST_MKDIR: Method[HostMkdirRequest, Nothing] = Method(b"host.mkdir", "mkdir_on_host")
HOST_SYNC: Method[SyncRequest, SyncReport] = Method(b"host.sync", "sync_to_host")
HOST_SYNC_FROM: Method[SyncRequest, SyncReport] = Method(b"host.sync_from", "sync_from_host")
HOST_UPLOAD: Method[UploadRequest, HostCopyResult] = Method(b"host.upload", "upload_to_host")
IMAGE_BUILD: Method[BuildRequest, BuildResult] = Method(b"image.build", "build_image")
IMAGE_DETAILS: Method[ImageInspectRequest, Any] = Method(b"image.details", "image")
IMAGE_DISTRIBUTION: Method[DistributionRequest, Any] = Method(b"image.distribution", "inspect_distribution")
IMAGE_EXISTS: Method[ImageRequest, ExistsResult] = Method(b"image.exists", "image_exists")
IMAGE_HISTORY: Method[HistoryRequest, list[Any]] = Method(b"image.history", "image_history")
IMAGE_IMPORT: Method[ImportRequest, NewImage] = Method(b"image.import", "import_image")
IMAGE_INSPECT: Method[ImageInspectRequest, Any] = Method(b"image.inspect", "image_inspect")
IMAGE_LIST: Method[Nothing, list[Any]] = Method(b"image.list", "list_images")
IMAGE_LOAD: Method[LoadRequest, LoadResult] = Method(b"image.load", "load_image")
IMAGE_LOGIN: Method[LoginRequest, LoginResult] = Method(b"image.login", "login")
IMAGE_LOGOUT: Method[LogoutRequest, LogoutResult] = Method(b"image.logout", "logout")
IMAGE_PRUNE: Method[PruneImagesRequest, PruneImagesResult] = Method(b"image.prune", "prune_images")
IMAGE_PULL: Method[PullRequest, PullResult] = Method(b"image.pull", "pull_image")
IMAGE_PUSH: Method[PushRequest, PushResult] = Method(b"image.push", "push_image")
IMAGE_REMOVE: Method[ImageRemoveRequest, ImageRemoveResult] = Method(b"image.remove", "remove_image")
IMAGE_SAVE: Method[SaveRequest, SaveResult] = Method(b"image.save", "save_image")
IMAGE_TAG: Method[ImageTagRequest, Nothing] = Method(b"image.tag", "tag_image")
IMAGE_TRANSFER: Method[TransferRequest, ImageTransferResult] = Method(b"image.transfer", "transfer_image")
IMAGE_VIEWS: Method[ImageListRequest, Any] = Method(b"image.views", "images")
NETWORK_CONNECT: Method[NetworkConnectRequest, Nothing] = Method(b"network.connect", "connect_network")
NETWORK_CREATE: Method[NetworkCreateRequest, Any] = Method(b"network.create", "create_network")
NETWORK_DISCONNECT: Method[NetworkDisconnectRequest, Nothing] = Method(b"network.disconnect", "disconnect_network")
NETWORK_INSPECT: Method[NetworkRequest, Any] = Method(b"network.inspect", "network")
NETWORK_LIST: Method[NetworkListRequest, list[Any]] = Method(b"network.list", "networks")
NETWORK_PRUNE: Method[NetworksPruneRequest, NetworksPruneResult] = Method(b"network.prune", "prune_networks")
NETWORK_REMOVE: Method[NetworkRequest, Nothing] = Method(b"network.remove", "remove_network")
OPTIONS_READ: Method[OptionsRequest, OptionsResult] = Method(b"options.read")
PROCESS_GONE: Method[ProcessRequest, GoneResult] = Method(b"process.gone")
PROCESS_NAME: Method[Nothing, ProcessRequest] = Method(b"process.name")
SYSTEM_BUILD_CACHE: Method[Nothing, list[Any]] = Method(b"system.build_cache", "build_cache")
SYSTEM_DISK_USAGE: Method[Nothing, Any] = Method(b"system.disk_usage", "disk_usage")
SYSTEM_EVENTS: Method[EventsRequest, Nothing] = Method(b"system.events", "events")
SYSTEM_HOST_FACTS: Method[HostFactsRequest, HostFactsResult] = Method(b"system.host_facts", "gpus")
SYSTEM_INFO: Method[Nothing, Any] = Method(b"system.info", "info")
SYSTEM_PING: Method[Nothing, PingResult] = Method(b"system.ping", "ping")
SYSTEM_PRUNE: Method[SystemPruneRequest, SystemPruneResult] = Method(b"system.prune", "prune_system")
SYSTEM_PRUNE_BUILD_CACHE: Method[BuildCachePruneRequest, BuildCachePruneResult] = Method(
    b"system.prune_build_cache", "prune_build_cache"
)
SYSTEM_VERSION: Method[Nothing, Any] = Method(b"system.version", "version")
VOLUME_CLOSE: Method[VolumeCloseRequest, Nothing] = Method(b"volume.close", "open_volume")
VOLUME_CREATE: Method[VolumeCreateRequest, Any] = Method(b"volume.create", "create_volume")
VOLUME_INSPECT: Method[VolumeRequest, Any] = Method(b"volume.inspect", "volume")
VOLUME_LIST: Method[VolumeListRequest, list[Any]] = Method(b"volume.list", "volumes")
VOLUME_OPEN: Method[VolumeOpenRequest, VolumeOpenResult] = Method(b"volume.open", "open_volume")
VOLUME_PRUNE: Method[VolumesPruneRequest, VolumesPruneResult] = Method(b"volume.prune", "prune_volumes")
VOLUME_REMOVE: Method[VolumeRemoveRequest, Nothing] = Method(b"volume.remove", "remove_volume")
