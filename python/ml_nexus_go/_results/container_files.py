"""What is said about files in containers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from .documents import public

if TYPE_CHECKING:
    from .._wire.generated import containerfiles as wire

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@public
@dataclass(frozen=True)
class FileEntry:
    """A file, a folder or something else in a container.

    ``type`` is ``"file"``, ``"folder"``, ``"symlink"`` or ``"special"`` (a socket, a device or
    a FIFO). ``size`` is in bytes, 0 for all but files. ``mode`` has the permission bits with
    setuid, setgid and sticky. ``mtime`` is in UTC, None where it is beyond what a datetime
    expresses. ``uid`` and ``gid`` are None where the engine does not say them: of a socket.
    ``link_target`` is what a symlink contains, None for all others.
    """

    name: str
    path: str
    type: str
    size: int
    mode: int
    mtime: datetime | None
    uid: int | None
    gid: int | None
    link_target: str | None


@public
@dataclass(frozen=True)
class OpenVolume:
    """A container that has a volume and never runs, and the path of the volume in it.

    ``volume / "a/b"`` is the path of a file in the volume.
    """

    container: str
    path: str

    def __truediv__(self, inside: str | os.PathLike[str]) -> str:
        return f"{self.path}/{os.fspath(inside)}"


def file_entry(found: wire.FileEntry) -> FileEntry:
    """Return the view of an entry."""
    return FileEntry(
        name=found["name"],
        path=found["path"],
        type=found["type"],
        size=found["size"],
        mode=found["mode"],
        mtime=_time(found["mtime"]),
        uid=found["uid"] if found["uid"] >= 0 else None,
        gid=found["gid"] if found["gid"] >= 0 else None,
        link_target=found.get("link_target"),
    )


def _time(nanoseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
