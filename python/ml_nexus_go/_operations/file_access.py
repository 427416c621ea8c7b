"""Files of containers, for programs: read, write, look, list."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING, overload

from .. import _results
from .._arguments.checks import byte_position, container_path, encoding_name, seconds, text, yes_or_no
from .._calls.stdin import BytesLike, StdinSource
from .._errors import ClientClosed, InvalidArgument
from .._wire.generated.methods import (
    CONTAINER_FILE_EXISTS,
    CONTAINER_LIST_FILES,
    CONTAINER_READ_FILE,
    CONTAINER_STAT_FILE,
    CONTAINER_WRITE_FILE,
    VOLUME_CLOSE,
    VOLUME_OPEN,
)
from .requests import Requests

if TYPE_CHECKING:
    from .._results.container_files import FileEntry, OpenVolume
    from .._wire.generated.containerfiles import FileRequest

ContainerPath = str | os.PathLike[str]
FileContent = str | BytesLike | Iterable[BytesLike] | AsyncIterable[BytesLike]

# What read_file keeps in memory unless it is told otherwise.
READ_LIMIT = 1 << 30


class FileAccess(Requests):
    """Methods for single files of a container that runs, is paused, was stopped or never started.

    They need nothing in the container, not even a shell. Paths are absolute. Symlinks are
    followed as processes in the container follow them. What is in a tmpfs exists only while
    the container runs: ContainerNotRunning otherwise. Errors name the path and the container:
    PathNotFound (a FileNotFoundError), Conflict for a folder in place of a file or the other
    way round, InvalidArgument for a socket, a device or a FIFO, PermissionDenied,
    ContainerNotFound, OperationTimeout after ``timeout`` seconds.
    """

    @overload
    async def read_file(
        self,
        container: str,
        path: ContainerPath,
        *,
        encoding: None = None,
        max_size: int | None = READ_LIMIT,
        timeout: float | None = None,
    ) -> bytes: ...

    @overload
    async def read_file(
        self,
        container: str,
        path: ContainerPath,
        *,
        encoding: str,
        max_size: int | None = READ_LIMIT,
        timeout: float | None = None,
    ) -> str: ...

    async def read_file(
        self,
        container: str,
        path: ContainerPath,
        *,
        encoding: str | None = None,
        max_size: int | None = READ_LIMIT,
        timeout: float | None = None,
    ) -> bytes | str:
        """Return the content of a file: bytes, or with ``encoding`` text.

        That is one request to the engine. A file of more than ``max_size`` bytes (1 GiB unless
        said otherwise; None is no limit) is InvalidArgument, before any of it is read.

        Where a tmpfs covers a file of the image, the image's is returned if this client has
        not looked at the container in another way yet: stat_file first where that may be.
        """
        if max_size is not None:
            max_size = byte_position(max_size, "max_size")
        if encoding is not None:
            encoding_name(encoding, "encoding")
        request = CONTAINER_READ_FILE({**_file(container, path, timeout), "max_size": max_size})
        content = b"".join([part async for part in self._read_bytes(request)])
        return content if encoding is None else content.decode(encoding)

    def stream_file(self, container: str, path: ContainerPath) -> AsyncGenerator[bytes, None]:
        """Yield the content of a file as it arrives. Memory stays flat; a slow reader slows the engine.

        The file is complete when the iteration ends by itself, not by an error. A connection
        that was lost is made up for, without a byte twice; Conflict if the file changed
        meanwhile. The engine answers no other question about the container until then.
        """
        return self._read_bytes(CONTAINER_READ_FILE({**_file(container, path, None), "max_size": None}))

    async def write_file(
        self,
        container: str,
        path: ContainerPath,
        data: FileContent,
        *,
        encoding: str = "utf-8",
        mode: int | None = None,
        owner: str | int | None = None,
        parents: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Write a file: bytes, text in an ``encoding``, or an iterable of bytes; return its size in bytes.

        An existing file keeps its mode and its owner unless others are given; a new one has
        0644 and the container's user. ``owner`` is ``"USER[:GROUP]"``, by name or number as in
        the container. A symlink's target is written. ``parents`` makes missing folders, which
        stay if the file cannot be written; without it, PathNotFound.

        Nothing is written before all of the data is there; more than 1 MiB waits in a
        temporary file on this machine (in TMPDIR, else /var/tmp). In a container that runs, and
        in a volume, the file is whole or what it was before, whatever happens, a full disk
        included (EngineError with ``details["reason"] == "disk_full"``). Hard links to it keep
        the old content. Elsewhere, and on engines with ``userns-remap`` or for other processors
        than amd64 and arm64, the engine writes in place: what it wrote stays if the call is
        cancelled, fails, or the connection is lost for good. A file that is mounted by itself
        (``/etc/hosts``) is a Conflict. After a lost connection it is done again.
        """
        yes_or_no(parents, "parents")
        request = CONTAINER_WRITE_FILE(
            {
                **_file(container, path, None),
                "mode": None if mode is None else _mode(mode),
                "owner": None if owner is None else _owner(owner),
                "parents": parents,
            }
        )
        limit = seconds(timeout, "timeout")
        return (await self._send_bytes(request, _content(data, encoding_name(encoding, "encoding")), limit, None))[
            "size"
        ]

    async def stat_file(
        self, container: str, path: ContainerPath, *, follow_symlinks: bool = True, timeout: float | None = None
    ) -> FileEntry:
        """Return what is at a path; with ``follow_symlinks=False`` of a symlink the symlink itself."""
        yes_or_no(follow_symlinks, "follow_symlinks")
        request = CONTAINER_STAT_FILE({**_file(container, path, timeout), "no_follow": not follow_symlinks})
        return _results.container_files.file_entry(await self._call(request))

    async def file_exists(self, container: str, path: ContainerPath, *, timeout: float | None = None) -> bool:
        """Return whether there is something at a path: a file, a folder, or what a symlink leads to."""
        return (await self._call(CONTAINER_FILE_EXISTS(_file(container, path, timeout))))["exists"]

    async def list_files(
        self, container: str, path: ContainerPath = "/", *, timeout: float | None = None
    ) -> list[FileEntry]:
        """Return what is in a folder, sorted by name, without ``.`` and ``..``.

        In a container that runs, and in a volume, a large folder is listed on the engine's host,
        and only the list travels. Elsewhere the engine sends the folder's whole archive, with
        all that is below the folder.
        """
        found = await self._call(CONTAINER_LIST_FILES(_file(container, path, timeout)))
        return [_results.container_files.file_entry(entry) for entry in found]

    def open_volume(self, volume: str, *, read_only: bool = False) -> AbstractAsyncContextManager[OpenVolume]:
        """Reach the files of a volume, whether a container uses it or not: an asynchronous context manager.

        ``async with client.open_volume("data") as volume:`` gives an OpenVolume, and all methods
        for files in containers work with it: ``read_file(volume.container, volume / "a")``,
        ``copy_to_container("b", volume.container, volume.path)``. New files belong to root.
        Files are whole or what they were before, as in a container that runs, and large
        folders are listed on the engine's host. Several programs may have a volume open.

        Raises NotFound if there is no volume of this name; none is made. The container never
        runs and is removed at the end, also with the client; ``reap`` finds it if the program
        is killed.
        """
        yes_or_no(read_only, "read_only")
        return self._volume(text(volume, "volume"), read_only)

    @asynccontextmanager
    async def _volume(self, volume: str, read_only: bool) -> AsyncIterator[OpenVolume]:
        made = await self._call(VOLUME_OPEN({"volume": volume, "read_only": read_only}))
        try:
            yield _results.container_files.OpenVolume(made["container"], made["path"])
        finally:
            with suppress(ClientClosed):  # which has closed it
                await self._call(VOLUME_CLOSE({"container": made["container"]}))


def _file(container: str, path: ContainerPath, timeout: float | None) -> FileRequest:
    return {
        "container": text(container, "container"),
        "path": container_path(path, "path"),
        "timeout": seconds(timeout, "timeout"),
    }


def _mode(mode: int) -> int:
    if isinstance(mode, bool) or not isinstance(mode, int) or mode < 0:
        raise InvalidArgument(f"mode must be a number of permission bits, such as 0o644, not {mode!r}")
    return mode


def _owner(owner: str | int) -> str:
    if isinstance(owner, int) and not isinstance(owner, bool) and owner >= 0:
        return str(owner)
    if text(owner, "owner") in ("", ":"):
        raise InvalidArgument("owner is empty: leave it out, or give a user's name or number")
    return str(owner)


def _content(data: object, encoding: str) -> StdinSource:
    if isinstance(data, str):
        return data.encode(encoding)
    if isinstance(data, memoryview):
        return data.cast("B") if data.c_contiguous else data.tobytes()
    if isinstance(data, (bytes, bytearray)):
        return data
    if isinstance(data, (AsyncIterable, Iterable)):
        return _parts(data)
    raise InvalidArgument(f"data must be bytes, a str or an iterable of bytes, not {type(data).__name__}")


async def _parts(data: AsyncIterable[BytesLike] | Iterable[BytesLike]) -> AsyncGenerator[BytesLike, None]:
    if not isinstance(data, AsyncIterable):
        for part in data:
            yield _part(part)
        return
    iterator = aiter(data)
    try:
        async for part in iterator:
            yield _part(part)
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def _part(part: BytesLike) -> BytesLike:
    if not isinstance(part, (bytes, bytearray, memoryview)):
        raise InvalidArgument(f"data has a part of type {type(part).__name__}, but needs bytes")
    return part
