# Written by go run ./tools/wire. Change the Go side instead.
"""What core/hostfiles_requests.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class UploadRequest(TypedDict):
    """UploadRequest copies Source (local, absolute) to Destination (on the host, absolute). Parents are made. A
    folder's content is copied into the destination, and other files there stay. If Destination is a folder or
    ends in "/", a file goes into it; otherwise Destination is the file's new name.
    """

    source: str
    destination: str
    # checksum reads the copy back and compares its SHA-256.
    checksum: NotRequired[bool | None]
    progress: NotRequired[bool | None]


class DownloadRequest(TypedDict):
    """DownloadRequest is UploadRequest in the other direction: Source is on the host."""

    source: str
    destination: str
    checksum: NotRequired[bool | None]
    progress: NotRequired[bool | None]


class HostDeleteRequest(TypedDict):
    """HostDeleteRequest names what to delete on the host."""

    path: str
    # allow_system_paths permits these deletions, except of "/".
    allow_system_paths: NotRequired[bool | None]


class HostMkdirRequest(TypedDict):
    """HostMkdirRequest names a folder on the host."""

    path: str


class SyncFromContainerRequest(TypedDict):
    """SyncFromContainerRequest is a SyncRequest whose Source is in a container, running or not. LinkSource is not
    for it.
    """

    container: str
    source: str
    destination: str
    # filters are rules "+ PATTERN" and "- PATTERN".
    filters: NotRequired[list[str] | None]
    includes: NotRequired[list[str] | None]
    excludes: NotRequired[list[str] | None]
    # delete removes what the source lacks, except what a rule excludes.
    delete: NotRequired[bool | None]
    # hardlinks keeps names that share one file in the source sharing one file.
    hardlinks: NotRequired[bool | None]
    # link_source makes files of a folder hard links to the source's, which takes no space and no time. What cannot be
    # linked, on another machine or file system, is copied.
    link_source: NotRequired[bool | None]
    # checksum compares content instead of size and time.
    checksum: NotRequired[bool | None]
    progress: NotRequired[bool | None]
    # node is that of a fleet whose host is meant, by its name or ID.
    node: NotRequired[str | None]
    # allow_system_paths permits these deletions, except of "/".
    allow_system_paths: NotRequired[bool | None]


class SyncRequest(TypedDict):
    """SyncRequest makes Destination equal to Source: of a sync to the host, Source is local and Destination on the
    host; of a sync from it, the reverse. Source means its content, with or without a trailing slash. The rules
    are rsync's; the first match decides: Filters in their order, then Includes, then Excludes.
    """

    source: str
    destination: str
    # filters are rules "+ PATTERN" and "- PATTERN".
    filters: NotRequired[list[str] | None]
    includes: NotRequired[list[str] | None]
    excludes: NotRequired[list[str] | None]
    # delete removes what the source lacks, except what a rule excludes.
    delete: NotRequired[bool | None]
    # hardlinks keeps names that share one file in the source sharing one file.
    hardlinks: NotRequired[bool | None]
    # link_source makes files of a folder hard links to the source's, which takes no space and no time. What cannot be
    # linked, on another machine or file system, is copied.
    link_source: NotRequired[bool | None]
    # checksum compares content instead of size and time.
    checksum: NotRequired[bool | None]
    progress: NotRequired[bool | None]
    # node is that of a fleet whose host is meant, by its name or ID.
    node: NotRequired[str | None]
    # allow_system_paths permits these deletions, except of "/".
    allow_system_paths: NotRequired[bool | None]
