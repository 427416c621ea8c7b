# Written by go run ./tools/wire. Change the Go side instead.
"""The methods of mlng_submit, each with its request and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..method import Method

if TYPE_CHECKING:
    from typing import Any

    from .bridge import ExistsResult, GoneResult, Nothing, OpenResult, ProcessRequest, Stats, TransferRequest
    from .builds import BuildRequest, BuildResult
    from .hostfiles_requests import DownloadRequest, HostDeleteRequest, HostMkdirRequest, SyncRequest, UploadRequest
    from .hostfiles_results import HostCopyResult, HostDeleteResult, SyncReport
    from .images_archive import (
        HistoryRequest,
        ImageTransferResult,
        LoadRequest,
        LoadResult,
        PruneImagesRequest,
        PruneImagesResult,
        SaveRequest,
        SaveResult,
    )
    from .images_registry import LoginRequest, LoginResult, PullRequest, PullResult, PushRequest, PushResult
    from .options import OptionsRequest, OptionsResult
    from .registry import OpenRequest
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

CLIENT_CLOSE: Method[Nothing, Nothing] = Method(b"client.close")
CLIENT_CLOSE_ALL: Method[Nothing, Nothing] = Method(b"client.close_all")
CLIENT_OPEN: Method[OpenRequest, OpenResult] = Method(b"client.open")
CONTAINER_COPY_FROM: Method[CopyFromRequest, CopyResult] = Method(b"container.copy_from")
CONTAINER_COPY_TO: Method[CopyToRequest, CopyResult] = Method(b"container.copy_to")
CONTAINER_EXEC: Method[ExecRequest, CommandResult] = Method(b"container.exec")
CONTAINER_EXEC_RESIZE: Method[ExecResizeRequest, Nothing] = Method(b"container.exec_resize")
CONTAINER_EXEC_SIGNAL: Method[ExecSignalRequest, Nothing] = Method(b"container.exec_signal")
CONTAINER_INSPECT: Method[ContainerRequest, Any] = Method(b"container.inspect")
CONTAINER_KILL: Method[KillRequest, Nothing] = Method(b"container.kill")
CONTAINER_LIST: Method[Nothing, list[Any]] = Method(b"container.list")
CONTAINER_LOGS: Method[LogsRequest, Nothing] = Method(b"container.logs")
CONTAINER_MARKED_ORPHANS: Method[MarkedOrphansRequest, list[Orphan]] = Method(b"container.marked_orphans")
CONTAINER_MKDIR: Method[MkdirInRequest, Nothing] = Method(b"container.mkdir")
CONTAINER_ORPHANS: Method[Nothing, list[Orphan]] = Method(b"container.orphans")
CONTAINER_REAP: Method[ReapRequest, list[Orphan]] = Method(b"container.reap")
CONTAINER_REATTACH_EXEC: Method[ReattachExecRequest, CommandResult] = Method(b"container.reattach_exec")
CONTAINER_REMOVE: Method[RemoveRequest, Nothing] = Method(b"container.remove")
CONTAINER_RENAME: Method[RenameRequest, Nothing] = Method(b"container.rename")
CONTAINER_RESIZE: Method[ResizeRequest, Nothing] = Method(b"container.resize")
CONTAINER_RESTART: Method[StopRequest, Nothing] = Method(b"container.restart")
CONTAINER_RUN: Method[RunRequest, CommandResult] = Method(b"container.run")
CONTAINER_START: Method[ContainerRequest, Nothing] = Method(b"container.start")
CONTAINER_STATE: Method[ContainerRequest, StateResult] = Method(b"container.state")
CONTAINER_STOP: Method[StopRequest, Nothing] = Method(b"container.stop")
CONTAINER_WAIT: Method[ContainerRequest, WaitResult] = Method(b"container.wait")
CONTAINER_WAIT_UNTIL_RUNNING: Method[ContainerRequest, Nothing] = Method(b"container.wait_until_running")
DEBUG_ECHO: Method[Any, Any] = Method(b"debug.echo")
DEBUG_PANIC: Method[Nothing, Nothing] = Method(b"debug.panic")
DEBUG_STATS: Method[Nothing, Stats] = Method(b"debug.stats")
HOST_DELETE: Method[HostDeleteRequest, HostDeleteResult] = Method(b"host.delete")
HOST_DOWNLOAD: Method[DownloadRequest, HostCopyResult] = Method(b"host.download")
HOST_MKDIR: Method[HostMkdirRequest, Nothing] = Method(b"host.mkdir")
HOST_SYNC: Method[SyncRequest, SyncReport] = Method(b"host.sync")
HOST_UPLOAD: Method[UploadRequest, HostCopyResult] = Method(b"host.upload")
IMAGE_BUILD: Method[BuildRequest, BuildResult] = Method(b"image.build")
IMAGE_EXISTS: Method[ImageRequest, ExistsResult] = Method(b"image.exists")
IMAGE_HISTORY: Method[HistoryRequest, list[Any]] = Method(b"image.history")
IMAGE_INSPECT: Method[ImageInspectRequest, Any] = Method(b"image.inspect")
IMAGE_LIST: Method[Nothing, list[Any]] = Method(b"image.list")
IMAGE_LOAD: Method[LoadRequest, LoadResult] = Method(b"image.load")
IMAGE_LOGIN: Method[LoginRequest, LoginResult] = Method(b"image.login")
IMAGE_PRUNE: Method[PruneImagesRequest, PruneImagesResult] = Method(b"image.prune")
IMAGE_PULL: Method[PullRequest, PullResult] = Method(b"image.pull")
IMAGE_PUSH: Method[PushRequest, PushResult] = Method(b"image.push")
IMAGE_REMOVE: Method[ImageRemoveRequest, ImageRemoveResult] = Method(b"image.remove")
IMAGE_SAVE: Method[SaveRequest, SaveResult] = Method(b"image.save")
IMAGE_TAG: Method[ImageTagRequest, Nothing] = Method(b"image.tag")
IMAGE_TRANSFER: Method[TransferRequest, ImageTransferResult] = Method(b"image.transfer")
OPTIONS_READ: Method[OptionsRequest, OptionsResult] = Method(b"options.read")
PROCESS_GONE: Method[ProcessRequest, GoneResult] = Method(b"process.gone")
PROCESS_NAME: Method[Nothing, ProcessRequest] = Method(b"process.name")
SYSTEM_INFO: Method[Nothing, Any] = Method(b"system.info")
SYSTEM_PING: Method[Nothing, PingResult] = Method(b"system.ping")
SYSTEM_VERSION: Method[Nothing, Any] = Method(b"system.version")
