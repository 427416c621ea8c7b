# Written by go run ./tools/wire. Change the Go side instead.
"""What core/hostfiles_results.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class HostCopyResult(TypedDict):
    """HostCopyResult is what an upload or a download moved."""

    files: int
    # of content
    bytes: int
    # path is where a single file, or the folder, is now.
    path: str
    # sha256 is the hexadecimal checksum of a single file, where one was asked for.
    sha256: NotRequired[str]
    seconds: float
    # issues as in SyncReport.
    issues: list[SyncIssue]


class HostDeleteResult(TypedDict):
    """HostDeleteResult reports how many names were removed."""

    deleted: int


class SyncReport(TypedDict):
    """SyncReport is what a sync did."""

    # regular files with content sent
    files_sent: int
    # of content, without what the delta saved
    bytes_sent: int
    # names removed
    deleted: int
    # regular files neither read nor sent
    unchanged: int
    # way is how it was done: "local", "sftp", "rsync", "engine"; of a container "container", through its processes, or
    # "archive".
    way: str
    seconds: float
    # issues lists what could not be made equal, at most MaxSyncIssues paths.
    issues: list[SyncIssue]
    issues_omitted: NotRequired[int]


class SyncIssue(TypedDict):
    """SyncIssue is one path, relative to the source, that differs, and why."""

    path: str
    issue: str
    message: NotRequired[str]
