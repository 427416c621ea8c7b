# Written by go run ./tools/wire. Change the Go side instead.
"""What core/containerfiles.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class FileRequest(TypedDict):
    """FileRequest names a path in a container."""

    container: str
    path: str
    timeout: NotRequired[float | None]


class ReadFileRequest(TypedDict):
    """ReadFileRequest reads a file of a container."""

    container: str
    path: str
    timeout: NotRequired[float | None]
    # max_size refuses a file of more bytes; nil means no limit.
    max_size: NotRequired[int | None]


class ReadFileResult(TypedDict):
    """ReadFileResult says how many bytes were read."""

    size: int


class StatFileRequest(TypedDict):
    """StatFileRequest looks at a path, or with NoFollow at a symlink itself."""

    container: str
    path: str
    timeout: NotRequired[float | None]
    no_follow: NotRequired[bool | None]


class FileEntry(TypedDict):
    """FileEntry describes a file, a folder or something else in a container."""

    name: str
    path: str
    # file, folder, symlink, special
    type: str
    # bytes; 0 for all but files
    size: int
    # permission bits with setuid, setgid and sticky
    mode: int
    # mtime is in nanoseconds since 1970.
    mtime: int
    # uid and GID are -1 where the engine does not say them: of a socket.
    uid: int
    gid: int
    # link_target is what a symlink contains.
    link_target: NotRequired[str]


class WriteFileRequest(TypedDict):
    """WriteFileRequest writes a file of a container. An existing file keeps its mode and owner, unless others are
    given; a new one gets 0644 and the container's user.
    """

    container: str
    path: str
    timeout: NotRequired[float | None]
    # permission bits with setuid, setgid and sticky
    mode: NotRequired[int | None]
    # owner is USER[:GROUP], by name or number as in the container.
    owner: NotRequired[str | None]
    # parents makes missing folders on the way, for the container's user.
    parents: NotRequired[bool | None]


class WriteFileResult(TypedDict):
    """WriteFileResult says how many bytes were written."""

    size: int


class VolumeOpenRequest(TypedDict):
    """VolumeOpenRequest names a volume whose files are needed."""

    volume: str
    read_only: NotRequired[bool | None]


class VolumeOpenResult(TypedDict):
    """VolumeOpenResult names the container that has the volume, and where it has it."""

    # its ID
    container: str
    path: str


class VolumeCloseRequest(TypedDict):
    """VolumeCloseRequest names a container of VolumeOpen."""

    container: str
