"""Files in containers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import LocalPath, container_path, local_path, seconds, text
from .._display.progress import ProgressCallback, ProgressOption, progress_listener, reporting
from .._wire.generated.methods import CONTAINER_COPY_FROM, CONTAINER_COPY_TO, CONTAINER_MKDIR, CONTAINER_SYNC_FROM
from .requests import Requests
from .sync_requests import Patterns, local_destination, sync_request

if TYPE_CHECKING:
    from .._results.containers import CopyResult
    from .._results.host_files import SyncReport
    from .._wire.generated import requests as wire
    from .._wire.generated.hostfiles_requests import SyncFromContainerRequest
    from .._wire.generated.requests import CopyFromRequest, CopyToRequest
    from .._wire.method import Request


class Files(Requests):
    """Methods that copy by the rules of ``docker cp``.

    A source that ends in ``/.`` means a folder's content; a destination that ends in
    ``/`` must be a folder. ``-`` is a name like any other. Local relative paths start at
    the working directory. ``on_progress`` is called with a Progress at most ten times
    a second and once at the end; ``progress=True`` draws a bar if stderr is a terminal
    (needs rich). The total is -1 if it is unknown: for a folder in a container.
    """

    async def copy_to_container(
        self,
        src: LocalPath,
        container: str,
        dst: str | os.PathLike[str],
        *,
        archive: bool = False,
        follow_link: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copy a local file or folder into a container, running or not (a tmpfs exists only while it runs).

        Owners and groups are kept by number, as with docker cp; with ``archive`` (its
        ``-a``) everything belongs to the container's configured user, if it has one.
        ``follow_link`` copies what a symlink points to. Raises PathNotFound,
        ContainerNotFound, PermissionDenied, OperationTimeout after ``timeout`` seconds.
        """
        request: CopyToRequest = {
            "source": local_path(src, "src"),
            "container": text(container, "container"),
            "destination": container_path(dst, "dst"),
            "archive": archive,
            "follow_link": follow_link,
        }
        return await self._copy(CONTAINER_COPY_TO(request), on_progress, progress, "copy", timeout)

    async def copy_from_container(
        self,
        container: str,
        src: str | os.PathLike[str],
        dst: LocalPath,
        *,
        archive: bool = False,
        follow_link: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copy a file or folder out of a container. Nothing is written outside ``dst``.

        ``archive`` keeps owner and group, which needs the right to give files away;
        without it, everything belongs to the caller. Other keywords and errors are those of
        copy_to_container.
        """
        request: CopyFromRequest = {
            "container": text(container, "container"),
            "source": container_path(src, "src"),
            "destination": local_path(dst, "dst"),
            "archive": archive,
            "follow_link": follow_link,
        }
        return await self._copy(CONTAINER_COPY_FROM(request), on_progress, progress, "copy", timeout)

    async def sync_from_container(
        self,
        container: str,
        source: str | os.PathLike[str],
        destination: LocalPath,
        *,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> SyncReport:
        """Make a local folder (or a file) equal to one in a container, as ``rsync -aH`` does.

        sync_from_host for a container, with the same rules, report and errors; ``source`` is
        absolute. From a container that runs, only files that changed travel, each whole
        (``report.way == "container"``). From one that does not, the engine sends all
        of ``source``, and again as much as is needed if a file changed; only those are
        written, and times are whole seconds (``"archive"``). Raises also ContainerNotFound.
        """
        fields = sync_request(
            container_path(source, "source"),
            local_destination(destination),
            excludes=excludes,
            includes=includes,
            filters=filters,
            delete=delete,
            hardlinks=hardlinks,
            link_source=False,
            checksum=checksum,
            allow_system_paths=allow_system_paths,
        )
        request: SyncFromContainerRequest = {"container": text(container, "container"), **fields}
        limit = seconds(timeout, "timeout")
        with reporting(on_progress, progress, "sync") as callback:
            request["progress"] = callback is not None
            sync = CONTAINER_SYNC_FROM(request)
            return _results.host_files.sync_report(await self._watch(sync, limit, progress_listener(callback)))

    async def mkdir_in_container(self, container: str, path: str | os.PathLike[str]) -> None:
        """Make a folder and its parents in a container; an existing folder is fine."""
        where = container_path(path, "path")
        await self._call(CONTAINER_MKDIR({"container": text(container, "container"), "path": where}))

    async def _copy(
        self,
        request: Request[wire.CopyResult],
        on_progress: ProgressCallback | None,
        progress: ProgressOption,
        label: str,
        timeout: float | None,
    ) -> CopyResult:
        limit = seconds(timeout, "timeout")
        with reporting(on_progress, progress, label) as callback:
            request.fields["progress"] = callback is not None
            result = await self._watch(request, limit, progress_listener(callback))
        return _results.containers.CopyResult(result["bytes"], result["files"])
