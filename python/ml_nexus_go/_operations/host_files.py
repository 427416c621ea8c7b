"""Files on the host: the machine whose paths ``docker run -v`` names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import LocalPath, container_path, local_path, seconds
from .._display.progress import ProgressCallback, ProgressOption, progress_listener, reporting
from .._wire.generated.methods import HOST_DELETE, HOST_DOWNLOAD, HOST_MKDIR, HOST_SYNC, HOST_SYNC_FROM, HOST_UPLOAD
from .requests import R, Requests
from .sync_requests import Patterns, local_destination, sync_request

if TYPE_CHECKING:
    from .._results.host_files import HostCopyResult, SyncReport
    from .._wire.generated.hostfiles_requests import DownloadRequest, UploadRequest
    from .._wire.method import Request

HostPath = str | os.PathLike[str]


class HostFiles(Requests):
    """Methods on the files of the host, wherever it is and however it is reached.

    Paths on the host are absolute; ``~`` is not expanded. Local relative paths start at
    the working directory. A file appears under its name when it is complete, or not at
    all, whatever ends the transfer; a transfer continues after a lost connection.

    ``on_progress`` is called with a Progress at most ten times a second, and once at the
    end; ``progress=True`` draws a bar if stderr is a terminal (needs rich).
    """

    async def upload_to_host(
        self,
        local: LocalPath,
        remote: HostPath,
        *,
        checksum: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> HostCopyResult:
        """Copy a local file, or the content of a local folder, to the host.

        Parents are made. A folder's content is copied into ``remote``; other files there
        stay, and files with the same size and time are not sent again. If ``remote`` is a
        folder or ends in "/", a file goes into it; otherwise ``remote`` is the file's new
        name. Modes and times are kept. ``checksum`` reads the copies back and
        compares their SHA-256.

        Raises PathNotFound, PermissionDenied, Conflict (a folder where the file should
        go, or vice versa), EngineError (``details["reason"] == "disk_full"``),
        ConnectionLost, OperationTimeout after ``timeout`` seconds.
        """
        request: UploadRequest = {
            "source": local_path(local, "local"),
            "destination": host_path(remote, "remote"),
            "checksum": checksum,
        }
        return _results.host_files.transfer_result(
            await self._transfer(HOST_UPLOAD(request), on_progress, progress, "upload", timeout)
        )

    async def download_from_host(
        self,
        remote: HostPath,
        local: LocalPath,
        *,
        checksum: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> HostCopyResult:
        """Copy a file, or the content of a folder, from the host.

        Like upload_to_host in the other direction. Nothing is written outside ``local``.
        """
        request: DownloadRequest = {
            "source": host_path(remote, "remote"),
            "destination": local_path(local, "local"),
            "checksum": checksum,
        }
        return _results.host_files.transfer_result(
            await self._transfer(HOST_DOWNLOAD(request), on_progress, progress, "download", timeout)
        )

    async def delete_on_host(
        self, remote: HostPath, *, allow_system_paths: bool = False, timeout: float | None = None
    ) -> int:
        """Delete a file, or a folder with everything in it; return how many names were removed.

        A path that does not exist is fine. Symlinks in it are not followed. Raises
        InvalidArgument for an empty or relative path, ``~``, and a path whose ``..``
        leaves it, and, unless ``allow_system_paths``, for what a host needs, also if
        symlinks on the way lead there: what is directly below ``/``; what is in /bin,
        /boot, /dev, /etc, /lib*, /proc, /run, /sbin, /sys and /usr (except folders
        below /usr/local/x); an engine's data; home folders and mount points, and folders
        above them. ``/`` is always refused.
        """
        request = HOST_DELETE({"path": host_path(remote, "remote"), "allow_system_paths": allow_system_paths})
        return (await self._watch(request, seconds(timeout, "timeout"), None))["deleted"]

    async def mkdir_on_host(self, remote: HostPath, *, timeout: float | None = None) -> None:
        """Make a folder and its parents; an existing folder is fine.

        Raises Conflict if a file is in the way, PermissionDenied, InvalidArgument.
        """
        request = HOST_MKDIR({"path": host_path(remote, "remote")})
        await self._watch(request, seconds(timeout, "timeout"), None)

    async def sync_to_host(
        self,
        source: LocalPath,
        destination: HostPath,
        *,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        link_source: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> SyncReport:
        """Make a folder (or a file) on the host equal to a local one, as ``rsync -aH`` does.

        ``source`` means its content, with or without a trailing slash. A sync keeps
        content, modes, times, symlinks, empty folders, names of any bytes, and, if the
        user there is root, numeric owners. Files with the same size and time are not read;
        ``checksum`` compares content instead. ``hardlinks`` keeps hard links.
        ``link_source`` makes a folder's files hard links to the local ones,
        as rsync's --link-dest does; what cannot be linked, on another machine or file
        system, is copied. ``delete`` removes what the source lacks, except what a rule excludes;
        unless ``allow_system_paths``, it is refused if delete_on_host would refuse the
        destination. A home folder or a mount point in it that a rule excludes is fine.

        ``excludes`` and ``includes`` are rsync's patterns, ``filters`` its rules
        ("+ PATTERN", "- PATTERN"). The first match decides: filters in their
        order, then includes, then excludes.

        Raises PathNotFound, InvalidArgument (a refused destination, a bad pattern),
        Conflict, PermissionDenied, EngineError (a full disk), ConnectionLost,
        OperationTimeout. If single paths fail, the others are still done, and the error
        comes at the end (``details["issues"]``).
        """
        request = sync_request(
            local_path(source, "source"),
            host_path(destination, "destination"),
            excludes=excludes,
            includes=includes,
            filters=filters,
            delete=delete,
            hardlinks=hardlinks,
            link_source=link_source,
            checksum=checksum,
            allow_system_paths=allow_system_paths,
        )
        return _results.host_files.sync_report(
            await self._transfer(HOST_SYNC(request), on_progress, progress, "sync", timeout)
        )

    async def sync_from_host(
        self,
        source: HostPath,
        destination: LocalPath,
        *,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        link_source: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> SyncReport:
        """Make a local folder (or a file) equal to one on the host, as ``rsync -aH`` does.

        sync_to_host in the other direction, with the same rules, report and errors. The
        paths refused as a destination are those of this machine. Nothing is written
        outside ``destination``, whatever the host sends; symlinks in it are not followed.
        ``link_source`` links files if the host is this machine.

        Raises PathNotFound, InvalidArgument (a refused destination, a bad pattern),
        Conflict, PermissionDenied, EngineError (a full disk; ``details["reason"] ==
        "unsafe_answer"``: the host sent what cannot be true), ConnectionLost,
        OperationTimeout. If single paths fail, the others are still done, and the error
        comes at the end (``details["issues"]``).
        """
        request = sync_request(
            host_path(source, "source"),
            local_destination(destination),
            excludes=excludes,
            includes=includes,
            filters=filters,
            delete=delete,
            hardlinks=hardlinks,
            link_source=link_source,
            checksum=checksum,
            allow_system_paths=allow_system_paths,
        )
        return _results.host_files.sync_report(
            await self._transfer(HOST_SYNC_FROM(request), on_progress, progress, "sync", timeout)
        )

    async def _transfer(
        self,
        request: Request[R],
        on_progress: ProgressCallback | None,
        progress: ProgressOption,
        label: str,
        timeout: float | None,
    ) -> R:
        limit = seconds(timeout, "timeout")
        with reporting(on_progress, progress, label) as callback:
            request.fields["progress"] = callback is not None
            return await self._watch(request, limit, progress_listener(callback))


def host_path(path: HostPath, name: str) -> str:
    """Return a path on the host as text."""
    return container_path(path, name)
